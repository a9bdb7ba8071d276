//! The median of several rounds, and the least and the most of them.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    /// Of no values it is not a number.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let upper = values.len() / 2;
        let lower = values.len().saturating_sub(1) / 2;
        Self {
            median: f64::midpoint(at(lower), at(upper)),
            least: at(0),
            most: at(values.len().saturating_sub(1)),
        }
    }

    /// The median, and the others in parentheses.
    pub(crate) fn cell(&self, text: impl Fn(f64) -> String) -> String {
        format!("{} ({}–{})", text(self.median), text(self.least), text(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_has_as_many_below_as_above() {
        let spread = Spread::of(vec![3.0, 1.0, 2.0]);
        assert_eq!(spread, Spread { median: 2.0, least: 1.0, most: 3.0 });
        assert_eq!(Spread::of(vec![4.0, 1.0, 2.0, 3.0]).median, 2.5);
        assert_eq!(Spread::of(vec![7.0]).cell(|value| value.to_string()), "7 (7–7)");
        assert!(Spread::of(Vec::new()).median.is_nan());
    }
}
