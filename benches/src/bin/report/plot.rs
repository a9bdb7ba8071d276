//! Panels of lines on two logarithmic axes, as SVG that is readable on light and dark grounds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markdown::time;

pub(crate) struct Panel<'e> {
    pub(crate) title: &'static str,
    pub(crate) axis: &'static str,
    pub(crate) lines: BTreeMap<&'e str, Vec<(f64, f64)>>,
}

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 320.0;
const COLUMNS: usize = 2;

/// The space around a panel's lines: for the title and legend, the labels of the axes, and air.
const TOP: f64 = 52.0;
const BOTTOM: f64 = 44.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 18.0;

/// Of a lightness between white and black, so that both grounds suit.
const INK: &str = "#7d8590";
const COLOURS: [&str; 4] = ["#2f81f7", "#d9730d", "#2da44e", "#bf4b8a"];

pub(crate) fn picture(panels: &[Panel<'_>]) -> String {
    let rows = panels.len().div_ceil(COLUMNS);
    let (width, height) = (WIDTH * COLUMNS as f64, HEIGHT * rows as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" font-family=\"sans-serif\" \
         font-size=\"11\" fill=\"{INK}\" role=\"img\" aria-label=\"How the cost of a read grows\">\n"
    );
    for (index, panel) in panels.iter().enumerate() {
        let (x, y) = ((index % COLUMNS) as f64 * WIDTH, (index / COLUMNS) as f64 * HEIGHT);
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">");
        panel.draw(&mut svg);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel<'_> {
    fn draw(&self, svg: &mut String) {
        text(svg, (LEFT, 18.0), "start", "font-size=\"13\" font-weight=\"bold\"", self.title);
        let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
        let points = || self.lines.values().flatten();
        let (Some(x), Some(y)) = (Axis::of(points().map(|at| at.0)), Axis::of(points().map(|at| at.1)))
        else {
            return text(svg, (middle, HEIGHT / 2.0), "middle", "", "not measured");
        };
        let across = |value| LEFT + x.position(value) * (WIDTH - LEFT - RIGHT);
        let down = |value| HEIGHT - BOTTOM - y.position(value) * (HEIGHT - TOP - BOTTOM);
        for tick in x.ticks() {
            grid(svg, (across(tick), TOP), (across(tick), HEIGHT - BOTTOM));
            text(svg, (across(tick), HEIGHT - BOTTOM + 15.0), "middle", "", &format!("{tick}"));
        }
        for tick in y.ticks() {
            grid(svg, (LEFT, down(tick)), (WIDTH - RIGHT, down(tick)));
            text(svg, (LEFT - 6.0, down(tick) + 4.0), "end", "", &short(tick));
        }
        text(svg, (middle, HEIGHT - BOTTOM + 32.0), "middle", "", self.axis);
        let mut legend = LEFT;
        for ((name, points), colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let path: Vec<String> =
                points.iter().map(|&(x, y)| format!("{:.1},{:.1}", across(x), down(y))).collect();
            let _ = writeln!(
                svg,
                "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
                path.join(" ")
            );
            for &(x, y) in points {
                let _ = writeln!(
                    svg,
                    "<circle fill=\"{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\"/>",
                    across(x),
                    down(y)
                );
            }
            text(svg, (legend, 38.0), "start", &format!("style=\"fill:{colour}\""), name);
            // Letters of this size are about six units wide.
            legend += name.len() as f64 * 6.0 + 14.0;
        }
    }
}

/// A logarithmic axis between powers of ten.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let least = values.clone().min_by(f64::total_cmp)?;
        let most = values.max_by(f64::total_cmp)?;
        let low = least.log10().floor();
        Some(Self { low, high: most.log10().ceil().max(low + 1.0) })
    }

    fn position(&self, value: f64) -> f64 {
        (value.log10() - self.low) / (self.high - self.low)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|exponent| 10f64.powi(exponent))
    }
}

/// A power of ten of nanoseconds.
fn short(nanos: f64) -> String {
    time(Some(nanos)).replace(".00", "").replace(".0", "")
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, attributes: &str, text: &str) {
    let _ =
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {attributes}>{text}</text>");
}

fn grid(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"{INK}\" stroke-opacity=\"0.35\"/>",
        from.0, from.1, to.0, to.1
    );
}
