//! Tables and the numbers in them.

pub(crate) const NOT_MEASURED: &str = "Not measured.";

pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return NOT_MEASURED.to_owned();
    }
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.to_vec());
    text.push_str(&format!("|---{}|\n", "|---:".repeat(head.len() - 1)));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

/// Three significant digits with a unit.
pub(crate) fn time(nanos: Option<f64>) -> String {
    let Some(nanos) = nanos else { return none() };
    match nanos {
        ..1e3 => format!("{nanos:.0} ns"),
        1e3..1e6 => format!("{} µs", digits(nanos / 1e3)),
        1e6..1e9 => format!("{} ms", digits(nanos / 1e6)),
        _ => format!("{} s", digits(nanos / 1e9)),
    }
}

pub(crate) fn ratio(above: Option<f64>, below: Option<f64>) -> String {
    match (above, below) {
        (Some(above), Some(below)) if below > 0.0 => digits(above / below),
        _ => none(),
    }
}

pub(crate) fn none() -> String {
    "–".to_owned()
}

pub(crate) fn digits(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        assert_eq!(time(Some(999.4)), "999 ns");
        assert_eq!(time(Some(1234.0)), "1.23 µs");
        assert_eq!(time(Some(152e6)), "152 ms");
        assert_eq!(ratio(Some(3.0), Some(2.0)), "1.50");
        assert_eq!(ratio(Some(3.0), Some(0.0)), "–");
    }
}
