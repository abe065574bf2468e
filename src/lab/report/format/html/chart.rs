//! Charts as SVG: the only door to kuva. It is given numbers, names and colors, and knows nothing of reports.
//!
//! Colors are those of the page's style sheet (`var(--ink)`), so that a chart follows the theme without a script. All
//! charts are as wide as a phone can show without making the letters too small; a wide screen shows two in a row.

use std::sync::Arc;

use kuva::backend::svg::SvgBackend;
use kuva::plot::{BarPlot, LinePlot, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::{Primitive, render_multiple};
use kuva::render::theme::Theme;

use crate::lab::report::number::three_digits;

/// Width of a chart in pixels, before the page makes it fit.
const WIDTH: f64 = 400.0;
/// Height of a chart with lines.
const HEIGHT: f64 = 240.0;
/// Height of a bar with the room around it, and of everything above and below the bars.
const BAR: (f64, f64) = (30.0, 64.0);
/// Letters of the longest name before a bar.
const LETTERS: usize = 20;

/// A line in a chart.
pub(crate) struct Line {
    /// Its color: anything CSS understands.
    pub color: String,
    /// Whether it is dashed, to tell it from another of its color.
    pub dashed: bool,
    /// Its points.
    pub points: Vec<(f64, f64)>,
    /// What is shown over each point.
    pub tips: Vec<String>,
}

/// A row of a bar chart: parts that stand one after the other.
pub(crate) struct Bar {
    /// What stands before it.
    pub label: String,
    /// Length and color of each part.
    pub parts: Vec<(f64, String)>,
    /// What is shown over each part.
    pub tips: Vec<String>,
    /// How far its end may really lie below and above, if that is to be drawn.
    pub error: Option<(f64, f64)>,
    /// A value that is marked on it, and what is shown over the mark.
    pub marker: Option<(f64, String)>,
}

/// A chart, ready for the page.
pub(crate) struct Chart {
    /// What it shows, for who cannot see it.
    pub words: String,
    /// The drawing: an `svg` element.
    pub svg: String,
}

/// What a chart shows, and what its axes are.
#[derive(Default)]
pub(crate) struct Frame<'a> {
    /// The chart in words; of bars they are made.
    pub words: String,
    /// What goes to the right.
    pub x: &'a str,
    /// What goes up; of no meaning for bars.
    pub y: &'a str,
    /// The end of the axis of the values, if the values shall not decide.
    pub top: Option<f64>,
    /// The ends of an x axis that is logarithmic; otherwise the values decide.
    pub log_x: Option<(f64, f64)>,
    /// Letters of the longest name before a bar, if they are long; of longer ones the middle is left out.
    pub letters: Option<usize>,
    /// Whether the points of lines are drawn as dots.
    pub dots: bool,
}

/// A chart with lines.
pub(crate) fn lines(frame: Frame<'_>, lines: Vec<Line>) -> Chart {
    let mut plots = Vec::new();
    for Line { color, dashed, points, tips } in lines {
        let line = LinePlot::new().with_data(points.iter().copied()).with_color(color.as_str()).with_stroke_width(2.0);
        plots.push(Plot::Line(if dashed { line.with_dashed() } else { line }));
        plots.push(dots(points, color, frame.dots, tips));
    }
    let mut layout = layout(&frame, &plots, HEIGHT).with_y_label(frame.y).with_y_axis_min(0.0);
    if let Some(top) = frame.top {
        layout = layout.with_y_axis_max(top);
    }
    if let Some((first, last)) = frame.log_x {
        layout = layout.with_log_x().with_x_axis_min(first).with_x_axis_max(last);
    }
    svg(frame, plots, layout)
}

/// Points that carry what is shown over them, whether they can be seen or not.
fn dots(points: Vec<(f64, f64)>, color: String, seen: bool, tips: Vec<String>) -> Plot {
    let (size, opacity) = if seen { (4.0, 1.0) } else { (6.0, 0.0) };
    let dots = ScatterPlot::new().with_data(points).with_color(color).with_size(size).with_marker_opacity(opacity);
    Plot::Scatter(dots.with_tooltips().with_tooltip_labels(tips))
}

/// Width of a bar, and length of a mark on it, as parts of the room it has.
const THICK: (f64, f64) = (0.66, 0.84);

/// A mark across the bar that stands in this place, counted from below.
fn mark(at: usize, value: f64, tip: String) -> [Plot; 2] {
    let (middle, half) = (at as f64 + 1.0, THICK.1 / 2.0);
    let across = LinePlot::new().with_data([(value, middle - half), (value, middle + half)]);
    let across = across.with_color("var(--ink)").with_stroke_width(3.0);
    [Plot::Line(across), dots(vec![(value, middle)], "var(--ink)".into(), false, vec![tip])]
}

/// A chart with one bar below the other. In words it is what is shown over its parts.
pub(crate) fn bars(mut frame: Frame<'_>, bars: Vec<Bar>) -> Chart {
    let words = bars.iter().flat_map(|bar| bar.tips.iter().chain(bar.marker.as_ref().map(|(_, tip)| tip)));
    frame.words = words.map(String::as_str).collect::<Vec<_>>().join("; ");
    let height = BAR.0 * bars.len() as f64 + BAR.1;
    let mut plot = BarPlot::new().with_horizontal(true).with_stacked().with_width(THICK.0).with_tooltips();
    let (mut tips, mut errors, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    // The first bar is the lowest one.
    for (at, bar) in bars.into_iter().rev().enumerate() {
        plot = plot.with_group(short(&bar.label, frame.letters.unwrap_or(LETTERS)), bar.parts);
        tips.extend(bar.tips);
        errors.extend(bar.error);
        marks.extend(bar.marker.into_iter().flat_map(|(value, tip)| mark(at, value, tip)));
    }
    plot = plot.with_tooltip_labels(tips);
    if !errors.is_empty() {
        plot = plot.with_asymmetric_error(errors).with_error_color("var(--ink)");
    }
    let plots: Vec<_> = [Plot::Bar(plot)].into_iter().chain(marks).collect();
    let mut layout = layout(&frame, &plots, height).with_x_axis_min(0.0);
    if let Some(top) = frame.top {
        layout = layout.with_x_axis_max(top);
    }
    svg(frame, plots, layout)
}

fn layout(frame: &Frame<'_>, plots: &[Plot], height: f64) -> Layout {
    let ink = |name: &str| format!("var(--{name})");
    let theme = Theme {
        background: "none".into(),
        axis_color: ink("line"),
        grid_color: ink("grid"),
        tick_color: ink("line"),
        text_color: ink("soft"),
        ..Theme::light()
    };
    let number = TickFormat::Custom(Arc::new(tick));
    let mut layout = Layout::auto_from_plots(plots)
        .with_theme(theme)
        .with_width(WIDTH)
        .with_height(height)
        .with_x_label(frame.x)
        .with_tick_format(number)
        .with_label_size(13)
        .with_tick_size(13)
        // Long names leave room for fewer numbers.
        .with_ticks(if frame.letters.is_some() { 3 } else { 5 });
    // The last number stands with half of its width beyond the axis.
    layout.force_margin_right = Some(24.0);
    layout
}

/// A name that leaves room for the bar behind it. What tells names apart is often their end.
fn short(name: &str, longest: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= longest {
        return name.to_owned();
    }
    let end = longest / 2;
    let (start, end) = (&letters[..longest - 1 - end], &letters[letters.len() - end..]);
    start.iter().chain(&['…']).chain(end).collect()
}

/// A number on an axis, without digits that say nothing.
fn tick(value: f64) -> String {
    let (value, unit) = match value.abs() {
        v if v >= 1e15 || (v < 1e-3 && v > 0.0) => return format!("{value:.1e}"),
        v if v >= 1e12 => (value / 1e12, "T"),
        v if v >= 1e9 => (value / 1e9, "G"),
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // Steps of a quarter stay what they are.
    let text = if value.abs() < 1.0 { format!("{value:.4}") } else { three_digits(value) };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

/// The chart as an element of a page.
fn svg(frame: Frame<'_>, plots: Vec<Plot>, layout: Layout) -> Chart {
    let mut scene = render_multiple(plots, layout);
    // Nothing is drawn beyond the axes; and names of clips, which kuva counts up, would make every page another.
    scene.elements.retain(|element| !matches!(element, Primitive::ClipStart { .. } | Primitive::ClipEnd));
    scene.defs.clear();
    scene.has_tooltips = false;
    let drawn = SvgBackend::new().render_scene(&scene);
    let inner = drawn.split_once('>').map_or("", |(_, inner)| inner);
    // Told how large it is, a browser makes it fit; told a width and a height, it does not.
    let svg = format!("<svg viewBox=\"0 0 {} {}\" fill=\"var(--soft)\">{inner}", scene.width, scene.height);
    Chart { words: frame.words, svg }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short_and_never_rounded_away() {
        let shown = [0.0, 0.025, 0.125, 0.5, 1.25, 12.5, 125.0, 2500.0, 25e3, 1.5e6, 2e9, 1e-6].map(tick);
        let kept = ["0", "0.025", "0.125", "0.5", "1.25", "12.5", "125", "2500", "25k", "1.5M", "2G", "1.0e-6"];
        assert_eq!(shown, kept);
    }

    #[test]
    fn long_names_leave_room() {
        let long = format!("{}ab", "é".repeat(30));
        let kept = ["processes-pipe".into(), format!("{}…{}ab", "é".repeat(9), "é".repeat(8))];
        assert_eq!([short("processes-pipe", LETTERS), short(&long, LETTERS)], kept);
    }
}
