//! How people see colours: contrast, distance, and eyes that lack a kind of cone.

/// Red, green and blue of sRGB.
pub type Rgb = (u8, u8, u8);

/// Whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// With three kinds of cones.
    Typical,
    /// Without the cones for long waves: protanopia, 1 % of men.
    Protan,
    /// Without the cones for medium waves: deuteranopia, 1 % of men.
    Deutan,
    /// Without the cones for short waves: tritanopia, rare.
    Tritan,
}

type Matrix = [[f64; 3]; 3];

impl Eyes {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Typical, Self::Protan, Self::Deutan, Self::Tritan];

    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Protan => "protan",
            Self::Deutan => "deutan",
            Self::Tritan => "tritan",
        }
    }

    /// How different two colours look: 100 times their distance in `OKLab`, from 0 for the same to 100 for black and white.
    /// Below about 8, people confuse them.
    #[must_use]
    pub fn distance(self, one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (oklab(self.seen(one)), oklab(self.seen(other)));
        let squares = one.into_iter().zip(other).map(|(one, other)| (one - other).powi(2));
        100.0 * squares.sum::<f64>().sqrt()
    }

    /// What these eyes see of a colour, in linear sRGB. The matrices are those of G. M. Machado, M. M. Oliveira and
    /// L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE Transactions on
    /// Visualization and Computer Graphics 15(6), 2009, for severity 1.0.
    fn seen(self, (red, green, blue): Rgb) -> [f64; 3] {
        let matrix: Matrix = match self {
            Self::Typical => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Protan => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Self::Deutan => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Tritan => [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        };
        let [red, green, blue] = [red, green, blue].map(linear);
        matrix.map(|[r, g, b]| r.mul_add(red, g.mul_add(green, b * blue)).clamp(0.0, 1.0))
    }
}

/// The contrast of two colours, from 1 to 21, after WCAG 2.2. Letters need 4.5.
#[must_use]
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance after WCAG 2.2.
fn luminance((red, green, blue): Rgb) -> f64 {
    let [red, green, blue] = [red, green, blue].map(linear);
    0.2126_f64.mul_add(red, 0.7152_f64.mul_add(green, 0.0722 * blue))
}

fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Linear sRGB to `OKLab`, after Björn Ottosson, "A perceptual color space for image processing" (2020): equal distances look
/// equal.
fn oklab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let mix = |x: f64, y: f64, z: f64| red.mul_add(x, green.mul_add(y, blue * z)).cbrt();
    let long = mix(0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9);
    let medium = mix(0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6);
    let short = mix(0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5);
    let sum = |x: f64, y: f64, z: f64| long.mul_add(x, medium.mul_add(y, short * z));
    [
        sum(0.210_454_255_3, 0.793_617_785, -0.004_072_046_8),
        sum(1.977_998_495_1, -2.428_592_205, 0.450_593_709_9),
        sum(0.025_904_037_1, 0.782_771_766_2, -0.808_675_766),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((contrast((0x77, 0x77, 0x77), (255, 255, 255)) - 4.48).abs() < 0.01);
        assert!((contrast((10, 20, 30), (10, 20, 30)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn black_and_white_are_as_far_apart_as_colours_get_for_everybody() {
        for eyes in Eyes::ALL {
            assert!((eyes.distance((0, 0, 0), (255, 255, 255)) - 100.0).abs() < 0.1, "{eyes:?}");
        }
    }

    #[test]
    fn red_and_green_come_closer_for_those_who_confuse_them() {
        let (red, green) = ((204, 80, 60), (110, 130, 50));
        let typical = Eyes::Typical.distance(red, green);
        assert!(Eyes::Deutan.distance(red, green) < typical / 2.0);
        assert!(Eyes::Tritan.distance(red, green) > typical / 2.0);
        let (blue, green) = ((0, 140, 170), (0, 150, 110));
        assert!(Eyes::Tritan.distance(blue, green) < Eyes::Typical.distance(blue, green));
    }
}
