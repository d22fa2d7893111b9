//! A shop with one fault, for the tests of the suite. See `less_to_run_tests::wrong_shop`.

fn main() -> anyhow::Result<()> {
    less_to_run_tests::wrong_shop::run()
}
