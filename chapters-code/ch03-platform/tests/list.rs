//! The list: its order, its pages, its filters.

mod desk;

use anyhow::{Result, ensure};
use ch01_bare_server::pets::PetId;
use ch01_bare_server::shop::Filter;
use ch03_platform::store::Store;
use desk::{adopt, all, open, page, pet};

/// All pages of a list. Gives their pets, and the sizes of the pages.
async fn walk(store: &Store, mut filter: Filter) -> Result<(Vec<PetId>, Vec<usize>)> {
    let (mut seen, mut sizes) = (vec![], vec![]);
    loop {
        let (pets, next) = page(store, &filter).await?;
        ensure!(pets.len() <= filter.limit, "{} pets on a page", pets.len());
        ensure!(sizes.len() < 500, "the list has no end");
        sizes.push(pets.len());
        seen.extend(pets.into_iter().map(|pet| pet.id));
        if next.is_none() {
            return Ok((seen, sizes));
        }
        filter.after = next;
    }
}

#[tokio::test]
async fn an_empty_shop_has_one_empty_page() -> Result<()> {
    let (_local, store) = open().await?;
    assert_eq!(walk(&store, all(20)).await?, (vec![], vec![0]));
    Ok(())
}

#[tokio::test]
async fn pets_are_listed_in_the_order_in_which_they_came() -> Result<()> {
    let (_local, store) = open().await?;
    let mut pets = vec![];
    for number in 0..25 {
        pets.push(pet(&store, &format!("bird {number}"), "lovebird").await?);
    }
    assert_eq!(
        walk(&store, all(10)).await?,
        (pets.clone(), vec![10, 10, 5])
    );
    assert_eq!(walk(&store, all(25)).await?, (pets.clone(), vec![25]));
    assert_eq!(walk(&store, all(24)).await?, (pets.clone(), vec![24, 1]));
    assert_eq!(walk(&store, all(1)).await?.0, pets);
    Ok(())
}

#[tokio::test]
async fn a_filter_finds_the_few_among_the_many() -> Result<()> {
    let (_local, store) = open().await?;
    let mut wanted = vec![];
    for number in 0..250 {
        let species = if number % 60 == 7 {
            "guinea pig"
        } else {
            "lovebird"
        };
        let id = pet(&store, &format!("pet {number}"), species).await?;
        if species == "guinea pig" {
            wanted.push(id);
        }
    }
    let filter = Filter {
        species: Some("guinea pig".into()),
        ..all(2)
    };
    assert_eq!(
        walk(&store, filter.clone()).await?,
        (wanted.clone(), vec![2, 2, 1])
    );

    store.execute(&adopt(&[&wanted[1]], "Ada")).await?;
    let status = |status| Filter {
        status: Some(status),
        ..filter.clone()
    };
    assert_eq!(
        walk(&store, status("adopted")).await?.0,
        [wanted[1].clone()]
    );
    let rest: Vec<PetId> = [0, 2, 3, 4].map(|at: usize| wanted[at].clone()).into();
    assert_eq!(walk(&store, status("available")).await?.0, rest);
    assert_eq!(walk(&store, status("reserved")).await?, (vec![], vec![0]));
    Ok(())
}

/// The database reads every pet that a filter leaves out. A page ends before it takes
/// too long, be it empty, and the next one goes on.
#[tokio::test]
async fn a_filter_that_finds_next_to_nothing_ends_a_page_early() -> Result<()> {
    let (_local, store) = open().await?;
    let mut last = pet(&store, "Kiwi", "lovebird").await?;
    for at in 0..2_100 {
        let species = if at == 2_099 { "tortoise" } else { "lovebird" };
        last = pet(&store, "one of many", species).await?;
    }
    let filter = Filter {
        species: Some("tortoise".into()),
        ..all(20)
    };
    assert_eq!(walk(&store, filter).await?, (vec![last], vec![0, 1]));
    Ok(())
}

#[tokio::test]
async fn a_pet_that_stays_is_listed_once_while_others_come_and_go() -> Result<()> {
    let (_local, store) = open().await?;
    let mut pets = vec![];
    for number in 0..30 {
        pets.push(pet(&store, &format!("bird {number}"), "lovebird").await?);
    }
    let mut filter = Filter {
        status: Some("available"),
        ..all(10)
    };
    let mut seen = vec![];
    for taken in [9, 12, 25] {
        let (some, next) = page(&store, &filter).await?;
        seen.extend(some.into_iter().map(|pet| pet.id));
        filter.after = next;
        store.execute(&adopt(&[&pets[taken]], "Ada")).await?;
        pet(&store, "a late one", "lovebird").await?;
    }
    for at in (0..25).filter(|at| ![9, 12].contains(at)) {
        let times = seen.iter().filter(|id| **id == pets[at]).count();
        assert_eq!(times, 1, "pet {at}");
    }
    Ok(())
}

#[tokio::test]
async fn a_cursor_of_another_shop_is_refused() -> Result<()> {
    let (_local, store) = open().await?;
    pet(&store, "Kiwi", "lovebird").await?;
    for cursor in ["", "7", "🐢", &"a".repeat(5_000)] {
        let filter = Filter {
            after: Some(PetId(cursor.into())),
            ..all(20)
        };
        let problem = store.list(&filter).await?.expect_err("it is no cursor");
        assert_eq!((problem.status, problem.name), (400, "invalid-query"));
    }
    Ok(())
}
