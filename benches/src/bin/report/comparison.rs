//! The picture of the comparison: a read and a write beside each alternative, as multiples of unjwt's time.
//!
//! Drawn from the tables of the page that it stands on, so that it says what they say and can be drawn again without them
//! being measured again.

use std::fmt::Write as _;

use unjwt_benches::subject::Operation;

use super::markdown::NOT_MEASURED;
use super::sessions::heading;

/// The columns of the alternatives, and their colours: readable on white and on dark grounds.
const ALTERNATIVES: [(&str, &str); 4] = [
    ("jsonwebtoken", "#2f81f7"),
    ("josekit", "#d9730d"),
    ("cookie jar", "#2da44e"),
    ("npm unjwt", "#bf4b8a"),
];

/// Of those that the tables have, the payload of a usual session.
const BYTES: usize = 200;

const WIDTH: f64 = 500.0;
const ROW: f64 = 17.0;
const BAR: f64 = 11.0;
/// The first row's top, below what says what the columns are.
const TOP: f64 = 78.0;
/// The left ends of the columns of a read and a write, and the length of the longest bar.
const COLUMNS: [f64; 2] = [176.0, 342.0];
const LONGEST: f64 = 116.0;

/// A table's columns by name, and its rows.
struct Table<'p> {
    head: Vec<&'p str>,
    rows: Vec<Vec<&'p str>>,
}

impl<'p> Table<'p> {
    /// The first table below a heading.
    fn below(page: &'p str, heading: &str) -> Option<Self> {
        let mut lines = page.lines().skip_while(|line| *line != heading).skip(2).map_while(cells);
        let head = lines.next()?;
        Some(Self { head, rows: lines.skip(1).collect() })
    }

    /// How many times unjwt's time the column has, by the name of the row.
    fn ratios(&self, column: &str) -> Vec<(&'p str, f64)> {
        let place = |name| self.head.iter().position(|cell| *cell == name);
        let (Some(ours), Some(theirs)) = (place("unjwt"), place(column)) else { return Vec::new() };
        let ratio =
            |row: &Vec<&'p str>| Some((*row.first()?, nanos(row.get(theirs)?)? / nanos(row.get(ours)?)?));
        self.rows.iter().filter_map(ratio).collect()
    }
}

fn cells(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect())
}

/// Reads a duration that [`time`](super::markdown::time) wrote.
fn nanos(cell: &str) -> Option<f64> {
    let (number, unit) = cell.split_once(' ')?;
    let factor = match unit {
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// A row's name, and what a read and a write have there.
type Row<'p> = (&'p str, [Option<f64>; 2]);

fn rows<'p>(tables: &[Option<Table<'p>>; 2], alternative: &str) -> Vec<Row<'p>> {
    let [reads, writes] = tables
        .each_ref()
        .map(|table| table.as_ref().map(|table| table.ratios(alternative)).unwrap_or_default());
    let of = |ratios: &[(&str, f64)], name| ratios.iter().find(|one| one.0 == name).map(|one| one.1);
    let names = reads.iter().map(|one| one.0);
    names.map(|name| (name, [of(&reads, name), of(&writes, name)])).collect()
}

pub(crate) fn picture(page: &str) -> String {
    let tables = Operation::ALL.map(|operation| Table::below(page, &heading(operation, BYTES)));
    let groups: Vec<_> = ALTERNATIVES
        .into_iter()
        .map(|(name, colour)| (name, colour, rows(&tables, name)))
        .filter(|(.., rows)| !rows.is_empty())
        .collect();
    let ratios =
        || groups.iter().flat_map(|(.., rows)| rows).flat_map(|(_, ratios)| ratios).flatten().copied();
    let scale = Scale::of(ratios());
    let height = groups.iter().fold(TOP, |height, (.., rows)| height + (rows.len() as f64 + 1.8) * ROW);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"575\" \
         style=\"display:block;max-width:100%;height:auto;margin:1em 0\" font-size=\"12.5\" fill=\"currentColor\" role=\"img\" \
         aria-labelledby=\"comparison-title comparison-desc\">\n\
         <title id=\"comparison-title\">A session of {BYTES} bytes beside the alternatives</title>\n\
         <desc id=\"comparison-desc\">{}</desc>\n",
        description(&groups)
    );
    text(
        &mut svg,
        (0.0, 18.0),
        "start",
        " font-size=\"14\"",
        &format!("The time that others take for {BYTES} bytes, as a multiple of unjwt's"),
    );
    if groups.is_empty() {
        text(&mut svg, (0.0, 50.0), "start", "", &NOT_MEASURED.to_lowercase());
    }
    text(&mut svg, (0.0, 68.0), "start", "", "logarithmic axes");
    for (left, operation) in COLUMNS.into_iter().zip(Operation::ALL) {
        let title = format!("a {}", operation.id());
        text(&mut svg, (left, 46.0), "start", " font-size=\"14\" font-weight=\"bold\"", &title);
        for tick in scale.ticks() {
            let x = left + scale.position(tick);
            text(&mut svg, (x, 68.0), "middle", "", &format!("{tick}"));
            // The others only at the top: the numbers beside the bars stand where they would go on.
            let (end, opacity) = if tick == 1.0 { (height, 0.8) } else { (TOP + 6.0, 0.6) };
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {TOP}V{end:.0}\" stroke=\"currentColor\" stroke-opacity=\"{opacity}\"/>"
            );
        }
    }
    let mut y = TOP;
    for (name, colour, rows) in &groups {
        y += 1.3 * ROW;
        text(&mut svg, (0.0, y - 4.0), "start", " font-size=\"14\" font-weight=\"bold\"", name);
        for (family, ratios) in rows {
            text(&mut svg, (0.0, y + 13.0), "start", "", family);
            for (left, ratio) in COLUMNS.into_iter().zip(ratios) {
                let Some(ratio) = *ratio else { continue };
                let (one, end) = (left + scale.position(1.0), left + scale.position(ratio));
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>",
                    one.min(end),
                    y + (ROW - BAR) / 2.0,
                    (end - one).abs().max(0.5)
                );
                text(&mut svg, (one.max(end) + 5.0, y + 13.0), "start", "", &times(ratio));
            }
            y += ROW;
        }
        y += 0.5 * ROW;
    }
    svg.push_str("</svg>\n");
    svg
}

/// For those who hear the picture: the least and the most of each alternative.
fn description(groups: &[(&str, &str, Vec<Row<'_>>)]) -> String {
    let mut text = String::from("Bars on a logarithmic axis; the tables below have the times.");
    for (name, _, rows) in groups {
        for (index, operation) in Operation::ALL.into_iter().enumerate() {
            let ratios = || rows.iter().filter_map(|(_, ratios)| ratios[index]);
            if let (Some(least), Some(most)) =
                (ratios().min_by(f64::total_cmp), ratios().max_by(f64::total_cmp))
            {
                let (least, most) = (times(least), times(most));
                let _ = write!(text, " {name}, a {}: {least} to {most}.", operation.id());
            }
        }
    }
    text
}

/// As exact as the rounded times of the tables allow.
fn times(ratio: f64) -> String {
    match ratio {
        ..1.0 => format!("{ratio:.2}×"),
        1.0..10.0 => format!("{ratio:.1}×"),
        _ => format!("{ratio:.0}×"),
    }
}

/// A logarithmic axis on which 1 is always to be seen, with some room before it.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(ratios: impl Iterator<Item = f64> + Clone) -> Self {
        Self { low: ratios.clone().fold(0.8, f64::min), high: ratios.fold(10.0, f64::max) }
    }

    fn position(&self, ratio: f64) -> f64 {
        (ratio / self.low).ln() / (self.high / self.low).ln() * LONGEST
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        [0.1, 1.0, 10.0, 100.0, 1000.0].into_iter().filter(|tick| (self.low..=self.high).contains(tick))
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, attributes: &str, text: &str) {
    let _ =
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{attributes}>{text}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "## A read of 200 bytes

|  | unjwt | floor | josekit | npm unjwt |
|---|---:|---:|---:|---:|
| HS256 | 2.00 µs | 1000 ns (RustCrypto) | 5.00 µs | 1.00 ms |
| ES256 | 2.00 µs | – | – | 50.0 µs |

## A write of 200 bytes

|  | unjwt | josekit |
|---|---:|---:|
| HS256 | 2.00 µs | 1.00 µs |
";

    #[test]
    fn the_tables_are_read() {
        let tables = Operation::ALL.map(|operation| Table::below(PAGE, &heading(operation, 200)));
        assert_eq!(rows(&tables, "josekit"), [("HS256", [Some(2.5), Some(0.5)])]);
        assert_eq!(
            rows(&tables, "npm unjwt"),
            [("HS256", [Some(500.0), None]), ("ES256", [Some(25.0), None])]
        );
        assert_eq!(rows(&tables, "jsonwebtoken"), []);
    }

    #[test]
    fn what_was_measured_is_drawn() {
        let picture = picture(PAGE);
        assert_eq!(picture.matches("<rect").count(), 4);
        assert!(picture.contains(">2.5×<") && picture.contains(">0.50×<"));
        assert!(super::picture("").contains("not measured"));
    }
}
