//! Exercise: the question in the statement itself.

mod desk;

use ch01_bare_server::pets::{Customer, PetId, Refusal};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::rows;
use rusqlite::{Connection, params};

fn main() -> anyhow::Result<()> {
    desk::serve(execute)
}

fn execute(connection: &mut Connection, order: Order) -> rusqlite::Result<Answer> {
    let Command::Adopt { pets, customer } = order.command else {
        unreachable!("the step takes only adoptions");
    };
    let mut answer = Answer::several(&[]);
    for id in pets {
        answer = adopt(connection, &id, &customer)?;
    }
    Ok(answer)
}

// ANCHOR: adopt
fn adopt(connection: &Connection, id: &PetId, customer: &Customer) -> rusqlite::Result<Answer> {
    let sql = "UPDATE pets SET customer = ?2 WHERE id = ?1 AND customer IS NULL";
    let changed = connection.execute(sql, params![rows::number(id), customer.0])?;
    Ok(match rows::pet(connection, id)? {
        None => Refusal::UnknownPet(id.clone()).into(),
        Some(_) if changed == 0 => Refusal::AlreadyAdopted(vec![id.clone()]).into(),
        Some(pet) => Answer::one(&[pet]),
    })
}
// ANCHOR_END: adopt

#[cfg(test)]
mod tests {
    use super::*;
    use ch02_virtual_server::store::Store;

    #[test]
    fn what_looks_like_the_number_of_a_pet_sells_no_pet() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let pets = Store::open(dir.path())?.database().connect()?;
        let sql = "INSERT INTO pets VALUES (21, 'Kiwi', 'lovebird', 2024, 4500, 'EUR', NULL)";
        pets.execute(sql, [])?;
        for (id, status) in [("021", 404), ("+21", 404), ("21", 200), ("21", 409)] {
            let answer = adopt(&pets, &PetId(id.into()), &Customer("Ada".into()))?;
            assert_eq!(answer.status, status, "{id}");
        }
        Ok(())
    }
}
