//! The picture of the states on the page is what the decider says today.

#[path = "../examples/states/picture.rs"]
mod picture;

use ch10_processes::checkout::states::ways;

#[test]
fn the_picture_on_the_page_is_that_of_the_decider() {
    let page = include_str!("../../../book/ch10-away.md");
    let drawn = picture::draw(&ways());
    assert!(
        page.contains(drawn.trim_end()),
        "put this into book/ch10-away.md:\n{drawn}"
    );
}
