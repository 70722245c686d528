//! Numbers as Prometheus reads them.

use std::fmt::Write as _;

/// What instruments measure.
pub(super) trait Number: Copy {
    fn write(self, out: &mut String);
}

impl Number for u64 {
    fn write(self, out: &mut String) {
        write!(out, "{self}").ok();
    }
}

impl Number for i64 {
    fn write(self, out: &mut String) {
        write!(out, "{self}").ok();
    }
}

impl Number for f64 {
    fn write(self, out: &mut String) {
        if self.is_nan() {
            out.push_str("NaN");
        } else if self.is_infinite() {
            out.push_str(if self > 0.0 { "+Inf" } else { "-Inf" });
        } else {
            // Always with a point or an exponent, as the bounds of buckets want it.
            write!(out, "{self:?}").ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number as _;

    #[test]
    fn numbers_that_are_none_have_the_names_that_prometheus_reads() {
        for (number, expected) in [
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (1.0, "1.0"),
            (0.005, "0.005"),
            (1e21, "1e21"),
        ] {
            let mut text = String::new();
            number.write(&mut text);
            assert_eq!(text, expected);
        }
    }
}
