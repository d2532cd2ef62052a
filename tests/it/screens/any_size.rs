//! Any size, any text, any number: no panic, and the header is always there.

use proptest::prelude::*;
use warroom::{
    app::{
        act::{Dialog, Identity, Phase},
        model::{CommandLine, List, Model, Overlay, Pane, Screen},
    },
    domain::{clean::is_safe, picture::Picture, time::Span},
};

use super::{ascii_look, default_look, drawn, text};
use crate::sample::{self, dialogs::KINDS};

fn pictures() -> impl Strategy<Value = Picture> {
    let state = prop_oneof![
        Just(sample::live as fn() -> Picture),
        Just(sample::stale as fn() -> Picture),
        Just(sample::failed as fn() -> Picture),
        Just(sample::loading as fn() -> Picture),
        Just(sample::quiet as fn() -> Picture),
    ];
    let number = prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), 0.0..20_000.0];
    (state, "\\PC{0,40}|.{0,20}", proptest::option::of(number), 0..40_u32).prop_map(|(state, name, number, weight)| {
        let mut picture = state();
        for release in &mut picture.releases {
            release.name.clone_from(&name);
            for component in &mut release.components {
                component.version = Some(name.clone());
                if let Some(workload) = &mut component.workload {
                    workload.traffic.max = weight;
                    workload.message.clone_from(&name);
                }
            }
        }
        for slo in &mut picture.slos {
            slo.budget.remaining = number;
            for burn in &mut slo.burns {
                burn.rate = number;
            }
        }
        for series in &mut picture.charts {
            series.step = Span::from_millis(u64::from(weight) * 500);
            for point in series.points.iter_mut().step_by(3) {
                *point = number;
            }
        }
        for alert in &mut picture.alerts {
            alert.alert.name.clone_from(&name);
        }
        picture
    })
}

fn dialogs() -> impl Strategy<Value = Dialog> {
    let text = "\\PC{0,40}|.{0,20}";
    let phase = prop_oneof![
        Just(Phase::Open),
        Just(Phase::Prefixed(sample::now())),
        Just(Phase::Recording(sample::now())),
        text.prop_map(Phase::Void),
    ];
    let identity = prop_oneof![Just(Identity::Asking), text.prop_map(Identity::Refused), Just(Identity::Unneeded)];
    (prop::sample::select(KINDS.to_vec()), text, phase, identity, 0..4_usize, 0..5_usize, proptest::option::of(text))
        .prop_map(|(kind, text, phase, identity, chosen, focus, problem)| {
            let mut dialog = sample::dialogs::dialog(kind, &text);
            dialog.chosen = chosen.min(kind.options().len().saturating_sub(1));
            if focus % 2 == 0 {
                dialog.identity = identity;
            }
            dialog.focus = dialog.fields().get(focus).copied().unwrap_or(dialog.focus);
            (dialog.words, dialog.until, dialog.phrase) = (text.clone(), text.clone(), text);
            (dialog.phase, dialog.problem) = (phase, problem);
            dialog
        })
}

fn overlays() -> impl Strategy<Value = Option<Overlay>> {
    prop_oneof![
        3 => Just(None),
        1 => any::<u16>().prop_map(|scroll| Some(Overlay::Help { scroll, over: None })),
        1 => ("\\PC{0,12}", 0..60_usize).prop_map(|(input, selected)| Some(Overlay::Command(CommandLine { input, selected, ..CommandLine::default() }))),
        3 => dialogs().prop_map(|dialog| Some(Overlay::Act(Box::new(dialog)))),
        1 => Just(Some(Overlay::Filter { list: List::Releases, before: String::new() })),
        1 => (0..8_usize, any::<u16>()).prop_map(|(list, scroll)| {
            let lists = [
                List::Releases,
                List::Components,
                List::Slos,
                List::Alerts,
                List::Timeline,
                List::Sources,
                List::Checks,
                List::Ledger,
            ];
            Some(Overlay::Detail { list: lists[list], scroll })
        }),
    ]
}

fn models() -> impl Strategy<Value = Model> {
    let screen = prop_oneof![
        1 => Just(Screen::FirstRun),
        1 => Just(Screen::Board),
        3 => Just(sample::checkout()),
        1 => Just(Screen::Release("prod-us/shop/mobile-bff@7f9c".to_owned())),
        1 => Just(Screen::Sources),
        1 => Just(Screen::Checklist("checkout-1-42".to_owned())),
        1 => Just(Screen::Ledger),
    ];
    (screen, pictures(), overlays(), 0..8_usize, any::<bool>(), any::<usize>(), 0..100_000_000_u64).prop_map(
        |(screen, picture, overlay, pane, zoomed, metric, range)| {
            let mut model = sample::model(screen, picture);
            model.ui.overlay = overlay;
            model.ui.pane = Pane::ALL[pane];
            model.ui.zoomed = zoomed;
            model.ui.chart.metric = metric;
            model.ui.chart.range = Span::from_millis(range);
            model
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn any_size_is_drawn_with_its_header_and_nothing_unsafe(
        model in models(), width in 0..=500_u16, height in 0..=200_u16, plain: bool,
    ) {
        let look = if plain { ascii_look() } else { default_look() };
        let buffer = drawn(&model, &look, (width, height));
        for cell in &buffer.content {
            prop_assert!(cell.symbol().chars().all(is_safe));
        }
        if width >= 40 && height >= 10 {
            let text = text(&buffer);
            let header = text.lines().next().unwrap_or_default();
            prop_assert!(header.contains("14:32:07Z"), "{header}");
            prop_assert!(header.contains("READ-ONLY"), "{header}");
        }
    }

    #[test]
    fn small_sizes_too(model in models(), width in 0..90_u16, height in 0..30_u16) {
        let buffer = drawn(&model, &default_look(), (width, height));
        prop_assert_eq!(buffer.content.len(), usize::from(width) * usize::from(height));
    }
}
