//! What goes wrong with SLO numbers in the field, one trap a test.

use warroom::domain::level::Level;

use super::evidence::Story;

#[test]
fn a_healthy_service_is_ok_with_its_budget_left() {
    let status = Story::own(99.9).everywhere(0.0002).judged();
    assert_eq!((status.level, status.state.word(), status.warnings.len()), (Level::Ok, "OK", 0), "{status:#?}");
    assert!((status.budget.remaining.unwrap() - 0.8).abs() < 1e-9);
}
