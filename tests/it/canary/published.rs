//! Numbers of R, scipy, statsmodels and of arithmetic with forty digits (mpmath), so that the statistics are held without any folder of fixtures.

use warroom::domain::canary::{
    counts::Counts,
    fisher,
    mann_whitney::{self, Method, Ranks},
    newcombe,
};

pub(super) fn counts((bad, total): (u64, u64)) -> Counts {
    Counts::new(bad, total).unwrap()
}

/// Equal to 1e-9, of itself where it is small.
#[track_caller]
pub(super) fn near(found: f64, expected: f64, of: &str) {
    let off = (found - expected).abs();
    assert!(off <= 1e-9 * expected.abs().min(1.0) + 1e-300, "{of}: {found} is not {expected}");
}

#[test]
fn fisher_is_right_from_five_requests_to_a_thousand_million() {
    // Hypergeometric tails in forty digits. scipy's own are off by 5e-10 in the row of ten million.
    for (canary, baseline, p) in [
        ((9, 500), (12, 10_000), 2.063_001_014_507_573e-7),
        ((1, 500), (0, 100_000), 0.004_975_124_378_109_453),
        ((3, 500), (0, 100_000), 1.224_093_724_798_831e-7),
        ((0, 500), (7, 100_000), 1.0),
        ((5, 5), (0, 5), 0.003_968_253_968_253_968),
        ((120, 4_000), (1_000, 96_000), 3.848_905_519_096_982e-22),
        ((5_200, 1_000_000), (9_800, 2_000_000), 0.000_276_267_415_299_340_6),
        ((50_300, 10_000_000), (49_900, 10_000_000), 0.103_176_225_868_515_1),
        ((12, 60), (100_000, 1_000_000_000), 1.394_258_260_492_786e-36),
        ((300, 3_000), (100, 20_000), 4.041_760_040_000_209e-181),
    ] {
        near(fisher::worse(counts(canary), counts(baseline)), p, &format!("{canary:?} against {baseline:?}"));
    }
}

#[test]
fn newcombe_is_that_of_statsmodels() {
    for (canary, baseline, low, high) in [
        ((7, 34), (1, 34), 0.018_921_443_885_772_937, 0.340_368_687_032_707_4),
        ((9, 500), (12, 10_000), 0.008_251_059_709_363_566, 0.032_659_982_525_982_72),
        ((0, 381), (0, 1_000_000), -3.841_444_063_944_944e-6, 0.009_981_925_628_454_562),
        ((0, 100), (0, 100), -0.036_993_498_206_985_69, 0.036_993_498_206_985_69),
        ((56, 70), (48, 80), 0.052_431_472_402_364_98, 0.333_872_654_036_906_14),
        ((10, 10), (0, 10), 0.607_509_350_430_524_1, 1.0),
        ((9, 10), (3, 10), 0.170_522_723_934_502_9, 0.809_017_973_535_488),
        ((5_200, 1_000_000), (9_800, 2_000_000), 0.000_130_016_932_944_615_63, 0.000_472_040_626_846_019_44),
    ] {
        let found = newcombe::difference(counts(canary), counts(baseline));
        near(found.0, low, &format!("lower end of {canary:?} against {baseline:?}"));
        near(found.1, high, &format!("upper end of {canary:?} against {baseline:?}"));
    }
}

#[test]
fn wilson_is_that_of_statsmodels() {
    for (bad, total, low, high) in [
        (0.0, 10.0, 0.0, 0.277_532_799_862_889_26),
        (1.0, 29.0, 0.006_113_214_292_762_667, 0.171_755_218_793_202_94),
        (15.0, 148.0, 0.062_386_399_530_736_28, 0.160_487_241_723_303_1),
        (81.0, 263.0, 0.255_288_519_878_274_2, 0.366_209_576_982_800_04),
        (29.0, 29.0, 0.883_030_201_500_259_2, 1.0),
    ] {
        let found = newcombe::wilson(bad, total);
        near(found.0, low, &format!("lower end of {bad} of {total}"));
        near(found.1, high, &format!("upper end of {bad} of {total}"));
    }
}

#[test]
fn mann_whitney_counts_every_deal_of_ranks_with_ties_too() {
    let depression = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
    let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.15, 1.29];
    let (low, high) = ([3.0, 4.0, 2.0, 6.0, 2.0, 5.0], [9.0, 7.0, 5.0, 10.0, 6.0, 8.0]);
    for (canary, baseline, u, p) in [
        (&depression[..], &after[..], 58.0, 0.064_952_694_364_459_07),
        (&low[..], &high[..], 2.0, 0.998_917_748_917_748_9),
        (&high[..], &low[..], 34.0, 0.005_411_255_411_255_411),
    ] {
        let test = mann_whitney::higher(canary, baseline).unwrap();
        assert_eq!(test.method, Method::Exact);
        near(test.u, u, "U");
        near(test.p, p, "p");
    }
}

#[test]
fn mann_whitney_of_many_values_is_that_of_scipy() {
    let spread = |number: u64, step: u64, modulus: u64, below: f64| -> Vec<f64> {
        (0..number).map(|n| (n * step % modulus) as f64 / 10.0 - below).collect()
    };
    let apart = (spread(60, 7_919, 1_000, 0.0), spread(80, 104_729, 997, 8.0));
    let tied: (Vec<f64>, Vec<f64>) =
        ((0..60).map(|n| f64::from(n * 7 % 10 + 1)).collect(), (0..80).map(|n| f64::from(n * 3 % 10)).collect());
    for ((canary, baseline), u, p) in
        [(apart, 2_958.5, 0.009_396_635_292_951_424), (tied, 2_856.0, 0.026_996_077_839_135_57)]
    {
        let test = mann_whitney::higher(&canary, &baseline).unwrap();
        assert_eq!(test.method, Method::Normal);
        near(test.u, u, "U");
        near(test.p, p, "p");
        // Both ways meet where both can be had.
        let (few, fewer) = (&canary[..24], &baseline[..24]);
        let ranks = Ranks::of(few, fewer).unwrap();
        assert!((ranks.exact() - ranks.normal(true)).abs() < 0.01);
    }
}
