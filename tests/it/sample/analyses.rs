//! Canaries of the release that goes wrong.

use warroom::domain::{
    canary::{
        against::Against,
        analysis::{Analysis, WindowAnalysis, judge, trend},
        counts::Counts,
        profile::Kept,
        rules::Rules,
        what::What,
    },
    time::Span,
};

use super::ago;

const EVERY: Span = Span::from_secs(15);

fn window(minutes: u64, canary: (u64, u64), baseline: (u64, u64)) -> WindowAnalysis {
    let counts = |(bad, total)| Counts::new(bad, total).expect("possible");
    let query =
        r#"sum by (env, service, version) (increase(http_requests_total{service="checkout",env="production"}[5m]))"#;
    WindowAnalysis::of(Span::from_mins(minutes), counts(canary), counts(baseline), query.into())
}

fn analysis(slo: &str, windows: Vec<WindowAnalysis>) -> Analysis {
    let rules = Rules::default();
    let (verdict, worse_in_a_row, needed) = judge(&[windows.clone(), windows.clone(), windows.clone()], EVERY, &rules);
    Analysis {
        release: "checkout-1-42".to_owned(),
        service: "checkout".to_owned(),
        environment: "prod".to_owned(),
        slo: slo.to_owned(),
        source: Some("prom-eu".into()),
        canary: "1.42.0".to_owned(),
        baseline: "1.41.7".to_owned(),
        what: What::Events,
        against: Against::Beside,
        standing: warroom::domain::canary::analysis::Standing::Judged(verdict),
        worse_in_a_row,
        needed,
        recent: trend(std::slice::from_ref(&windows), EVERY),
        windows,
        at: Some(ago(7)),
        every: EVERY,
        rules,
        profile: (slo == "availability").then(|| Kept {
            counts: Counts::new(212, 1_483_902).expect("possible"),
            from: ago(86_400 + 900),
            until: ago(900),
        }),
    }
}

/// One that fails, and one that it is too early to judge.
pub(super) fn analyses() -> Vec<Analysis> {
    vec![
        analysis("availability", vec![window(5, (227, 15_030), (21, 45_180)), window(10, (228, 18_400), (43, 92_410))]),
        analysis("latency", vec![window(5, (1, 140), (90, 45_180))]),
    ]
}
