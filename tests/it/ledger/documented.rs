//! The worked example of `docs/ledger.md` is what the page says it is.

use std::io::Cursor;

use warroom::{
    domain::ledger::{checkpoint::Checkpoint, signers::Signers},
    ledger::verify::{Against, Export, verify},
};

const PAGE: &str = include_str!("../../../docs/ledger.md");

/// The blocks of code of the worked example.
fn blocks() -> Vec<&'static str> {
    let (_, example) = PAGE.split_once("## A worked example\n").expect("the page has one");
    let (example, _) = example.split_once("\n## ").expect("something follows");
    let inside = example.split("```").skip(1).step_by(2);
    inside.map(|block| block.split_once('\n').expect("a block begins with its language").1).collect()
}

#[test]
fn the_worked_example_of_the_page_holds_and_any_other_byte_in_it_is_a_fault() {
    let [export, checkpoint, signers] = blocks()[..] else { panic!("three blocks") };
    let (signers, bad) = Signers::read(signers);
    assert_eq!(bad, []);
    let checkpoints = vec![Checkpoint::read(checkpoint).expect("a checkpoint")];
    let root = checkpoints[0].root.to_string();
    let against = Against { checkpoints, signers: Some(signers) };
    let report = |bytes: &[u8]| verify(Export::new(Cursor::new(bytes)), &against, |_| ()).expect("readable");
    let whole = report(export.as_bytes());
    assert!(!whole.is_broken() && whole.events == 2 && whole.verified == 1 && whole.unsigned == 1, "{whole:?}");
    assert!(PAGE.contains(&format!("The root is `{root}`")), "{root}");
    for at in 0..export.len() {
        let mut changed = export.as_bytes().to_vec();
        changed[at] ^= 1;
        assert!(report(&changed).is_broken(), "byte {at}");
    }
}
