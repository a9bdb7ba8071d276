//! The picture of the comparison: the processor time of a service's requests with each alternative, as multiples of the
//! time with unjwt.
//!
//! Drawn from the table of the page that it stands on, so that it says what that says and can be drawn again without it
//! being measured again.

use std::fmt::Write as _;

use unjwt_benches::routes::{SERVERS, TOWER_SESSIONS_REDIS};

use super::http::PROCESSOR;
use super::markdown::{NOT_MEASURED, digits};

const OURS: &str = SERVERS[0];

/// The alternatives with their colours, readable on white and on dark grounds.
const ALTERNATIVES: [(&str, &str); 7] = [
    ("axum-extra", "#2da44e"),
    ("tower-sessions", "#2f81f7"),
    (TOWER_SESSIONS_REDIS, "#8250df"),
    ("seshcookie", "#d9730d"),
    ("session-guard", "#b58900"),
    ("jsonwebtoken", "#cf4a5b"),
    ("node", "#bf4b8a"),
];

/// The routes that are shown, two beside each other.
const ROUTES: [[&str; 2]; 2] = [["`/hs256`", "`/dir`"], ["`/update`", "`/chunked`"]];

const WIDTH: f64 = 515.0;
const ROW: f64 = 17.0;
const BAR: f64 = 11.0;
/// The first group's top, below what says what is shown.
const TOP: f64 = 30.0;
/// The lines above the rows of a group: its routes and the axis.
const HEAD: f64 = 44.0;
/// The left ends of the columns, and the length of the longest bar.
const COLUMNS: [f64; 2] = [150.0, 328.0];
const LONGEST: f64 = 128.0;

/// The table's columns by name, and its rows.
struct Table<'p> {
    head: Vec<&'p str>,
    rows: Vec<Vec<&'p str>>,
}

impl<'p> Table<'p> {
    fn of(page: &'p str) -> Option<Self> {
        let mut lines = page.lines().skip_while(|line| *line != PROCESSOR).skip(2).map_while(cells);
        let head = lines.next()?;
        Some(Self { head, rows: lines.skip(1).collect() })
    }

    /// The median of a route of a server.
    fn micros(&self, server: &str, route: &str) -> Option<f64> {
        let column = self.head.iter().position(|cell| *cell == server)?;
        let row = self.rows.iter().find(|row| row.first() == Some(&route))?;
        row.get(column)?.split(' ').next()?.parse().ok()
    }

    fn group(&self, routes: [&'static str; 2]) -> Group {
        let ours = routes.map(|route| self.micros(OURS, route));
        let ratio = |server, index: usize| Some(self.micros(server, routes[index])? / ours[index]?);
        let rows = ALTERNATIVES.into_iter().map(|(name, colour)| Row {
            name,
            colour,
            ratios: [0, 1].map(|index| ratio(name, index)),
        });
        Group { routes, ours, rows: rows.filter(|row| row.ratios != [None; 2]).collect() }
    }
}

fn cells(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect())
}

/// Two routes.
struct Group {
    routes: [&'static str; 2],
    /// The microseconds of unjwt.
    ours: [Option<f64>; 2],
    rows: Vec<Row>,
}

/// An alternative, with the multiples that it has of unjwt's time.
struct Row {
    name: &'static str,
    colour: &'static str,
    ratios: [Option<f64>; 2],
}

pub(crate) fn picture(page: &str) -> String {
    let table = Table::of(page);
    let groups = ROUTES.map(|routes| table.as_ref().map(|table| table.group(routes)));
    let groups: Vec<_> = groups.into_iter().flatten().filter(|group| !group.rows.is_empty()).collect();
    let ratios = groups.iter().flat_map(|group| &group.rows).flat_map(|row| row.ratios).flatten();
    let scale = Scale::of(ratios);
    let height =
        groups.iter().fold(TOP + ROW, |height, group| height + HEAD + (group.rows.len() as f64 + 0.5) * ROW);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"592\" \
         style=\"display:block;max-width:100%;height:auto;margin:1em 0\" font-size=\"12.5\" fill=\"currentColor\" role=\"img\" \
         aria-labelledby=\"comparison-title comparison-desc\">\n\
         <title id=\"comparison-title\">A service with a session beside the alternatives</title>\n\
         <desc id=\"comparison-desc\">{}</desc>\n",
        description(&groups)
    );
    let title = "The server's processor time per request, as a multiple of unjwt's";
    text(&mut svg, (0.0, 18.0), "start", " font-size=\"14\"", title);
    if groups.is_empty() {
        text(&mut svg, (0.0, TOP + 10.0), "start", "", &NOT_MEASURED.to_lowercase());
    }
    let mut y = TOP;
    for group in &groups {
        y = draw(&mut svg, group, &scale, y);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws a group below `top`, and returns where it ends.
fn draw(svg: &mut String, group: &Group, scale: &Scale, top: f64) -> f64 {
    let rows = top + HEAD;
    let end = rows + group.rows.len() as f64 * ROW;
    for ((left, route), ours) in COLUMNS.into_iter().zip(group.routes).zip(group.ours) {
        let Some(ours) = ours else { continue };
        let title = format!("{}, unjwt: {} µs", route.trim_matches('`'), digits(ours));
        text(svg, (left, top + 18.0), "start", " font-weight=\"bold\"", &title);
        for tick in scale.ticks() {
            let x = left + scale.position(tick);
            text(svg, (x, rows - 8.0), "middle", " font-size=\"11\"", &format!("{tick}"));
            // The others only at the top: the numbers beside the bars stand where they would go on.
            let (to, opacity) = if tick == 1.0 { (end, 0.8) } else { (rows, 0.6) };
            let from = rows - 5.0;
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {from:.1}V{to:.1}\" stroke=\"currentColor\" stroke-opacity=\"{opacity}\"/>"
            );
        }
    }
    for (index, row) in group.rows.iter().enumerate() {
        let y = rows + index as f64 * ROW;
        text(svg, (0.0, y + 13.0), "start", "", title(row.name));
        for (left, ratio) in COLUMNS.into_iter().zip(row.ratios) {
            let Some(ratio) = ratio else { continue };
            let (one, end) = (left + scale.position(1.0), left + scale.position(ratio));
            let _ = writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{}\"/>",
                one.min(end),
                y + (ROW - BAR) / 2.0,
                (one - end).abs(),
                row.colour
            );
            text(svg, (one.max(end) + 5.0, y + 13.0), "start", "", &times(ratio));
        }
    }
    end + 0.5 * ROW
}

/// The name of a server in the picture, whose reader has not seen the text yet.
fn title(server: &'static str) -> &'static str {
    if server == "node" { "npm unjwt" } else { server }
}

/// For those who hear the picture: what each bar shows.
fn description(groups: &[Group]) -> String {
    let mut text = String::from("Bars on a logarithmic axis; the tables below have the times.");
    for group in groups {
        for (index, route) in group.routes.into_iter().enumerate() {
            let ratios = group.rows.iter().filter_map(|row| Some((title(row.name), row.ratios[index]?)));
            let ratios: Vec<_> = ratios.map(|(name, ratio)| format!("{name} {}", times(ratio))).collect();
            let _ = write!(text, " {}: {}.", route.trim_matches('`'), ratios.join("; "));
        }
    }
    text
}

/// As exact as the rounded times of the table allow.
fn times(ratio: f64) -> String {
    match ratio {
        ..2.0 => format!("{ratio:.2}×"),
        2.0..10.0 => format!("{ratio:.1}×"),
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

    const PAGE: &str = "## Microseconds of the server's processor per request

|  | unjwt | axum-extra | session-guard | node |
|---|---:|---:|---:|---:|
| `/hello` | 5.00 (4.90–5.10) | 5.00 (5.00–5.00) | 5.00 (5.00–5.00) | 13.0 (13.0–13.0) |
| `/hs256` | 8.00 (7.90–8.10) | 10.0 (9.90–11.0) | – | 80.0 (79.0–99.0) |
| `/chunked` | 20.0 (19.0–21.0) | – | 10.0 (9.00–11.0) | – |
";

    #[test]
    fn the_table_is_read() {
        let table = Table::of(PAGE).unwrap();
        let group = table.group(ROUTES[0]);
        assert_eq!(group.ours, [Some(8.0), None]);
        let rows: Vec<_> = group.rows.iter().map(|row| (row.name, row.ratios)).collect();
        assert_eq!(rows, [("axum-extra", [Some(1.25), None]), ("node", [Some(10.0), None])]);
    }

    #[test]
    fn what_was_measured_is_drawn() {
        let picture = picture(PAGE);
        assert_eq!(picture.matches("<rect").count(), 3);
        assert!(picture.contains(">1.25×<") && picture.contains(">0.50×<") && picture.contains(">10×<"));
        assert!(picture.contains(">/hs256, unjwt: 8.00 µs<") && !picture.contains(">/dir"));
        assert!(super::picture("").contains("not measured"));
    }

    #[test]
    fn every_alternative_is_drawn() {
        assert!(ALTERNATIVES.iter().map(|(name, _)| name).eq(&SERVERS[1..]));
    }
}
