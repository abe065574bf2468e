//! The price list as a person reads it: what each thing costs, and when it pays; with more detail who is how fast with
//! which filter.

use super::answer::{TYPICAL, answer, break_even, ms};
use super::break_even::BreakEven;
use super::list::{PricePoint, Prices, StrategyPrices};
use crate::lab::report::{Detail, Grid, Spread, Width, counted, range, three_digits};
use crate::text::plain_data;

/// The list as text; the answer comes last. With [`Detail::Full`] also the speeds it rests on, and how much faster than
/// `sequential` each was, at every point.
pub fn to_table(prices: &Prices, detail: Detail, width: Width) -> String {
    let (prices, full) = (&plain_data(prices), detail == Detail::Full);
    let mut text = width.flowing(&facts(prices)) + "\n" + &costs(prices, full).text(width);
    if full {
        text +=
            &format!("\n{}\n{}\n{}", speeds(prices).text(width), speedups(prices).text(width), width.wrapped(NOTES, 0));
    }
    text + "\n" + &answer(prices, width)
}

/// How the figures are to be read.
pub(super) const NOTES: &str = "Each figure is the median of the rounds, with the smallest and the largest, or ± the larger distance \
    from it. A handoff is there and back, beyond the work: of one frame through a queue, of the median frame of a stream \
    to processes. The filters are grayscale and a spin of what is left of the time. A strategy pays where it saves time a \
    frame, starting not counted.";

/// What was measured, and where.
pub(super) fn facts(prices: &Prices) -> [String; 6] {
    let (frame, machine) = (&prices.frame, &prices.machine);
    let mb = three_digits(frame.bytes as f64 / 1e6);
    [
        format!("frames of {}x{} {}, {mb} MB", frame.width, frame.height, frame.pixels),
        counted(prices.workers, "worker"),
        format!("{} of {} s", counted(prices.rounds, "round"), prices.run_s),
        machine.cpu.clone(),
        counted(machine.cores, "core"),
        format!("OpenCV {}", prices.opencv.name()),
    ]
}

/// What each thing costs; with `full` also how often threads change.
pub(super) fn costs(prices: &Prices, full: bool) -> Grid {
    let mut table = Grid::new(["what it costs", "", "median", "min–max", ""], 2);
    let mut row = |group: &str, what: &str, figure: &Spread, unit: &str| {
        table.row([group, what, &three_digits(figure.median), &range(figure.min, figure.max), unit]);
    };
    row("start", "a thread, to its end", &prices.thread_start_us, "µs");
    row("", "a worker process, exec to ready", &prices.process_start_ms, "ms");
    let mut group = "memory";
    for strategy in &prices.strategies {
        if let Some(figure) = &strategy.worker_mb {
            row(group, &format!("a worker more, {}", strategy.name), figure, "MB");
            group = "";
        }
    }
    row("handoff", "a queue, to a thread asleep", &prices.handoff_us, "µs");
    for strategy in &prices.strategies {
        if let Some(figure) = &strategy.handoff_us {
            row("", &format!("{}, 1 worker", strategy.name), figure, "µs");
        }
        if let Some(figure) = &strategy.hand_over_all_us {
            row("", &format!("{}, {} workers", strategy.name, prices.workers.max(2)), figure, "µs");
        }
    }
    row("touch", "a frame's new pages", &prices.touch.first_us, "µs");
    row("", "the same again", &prices.touch.second_us, "µs");
    row("", "a page fault", &prices.touch.fault_us, "µs");
    group = "switches";
    for strategy in prices.strategies.iter().filter(|_| full) {
        row(group, &strategy.name, &strategy.switches_per_frame, "a frame");
        group = "";
    }
    table
}

/// One row a filter time, one column a strategy.
fn by_filter(prices: &Prices, title: &str, cell: impl Fn(&PricePoint) -> String) -> Grid {
    let names = prices.strategies.iter().map(|strategy| strategy.name.as_str());
    let mut table = Grid::new([title].into_iter().chain(names), 1);
    let points = prices.strategies.first().map_or(&[][..], |baseline| &baseline.points);
    for (at, point) in points.iter().enumerate() {
        let cells = prices.strategies.iter().map(|strategy| strategy.points.get(at).map_or_else(String::new, &cell));
        table.row([ms(point.filter_ms)].into_iter().chain(cells));
    }
    table
}

/// FPS by the time of the filters, and from where on each pays.
pub(super) fn speeds(prices: &Prices) -> Grid {
    let with_spread = |fps: &Spread| {
        let off = (fps.max - fps.median).max(fps.median - fps.min) / fps.median;
        format!("{} ±{:.0} %", three_digits(fps.median), off * 100.0)
    };
    let mut table = by_filter(prices, "FPS by filters of", |point| with_spread(&point.fps));
    let of_each = |what: &str, say: &dyn Fn(&StrategyPrices) -> String| -> Vec<String> {
        [what.to_owned()].into_iter().chain(prices.strategies.iter().map(say)).collect()
    };
    let pays = |pays: Option<BreakEven>| pays.map_or_else(|| "–".to_owned(), |pays| break_even(pays, prices));
    table.row(of_each("pays from", &|s| pays(s.pays_from.map(|pays| pays.median))));
    table.row(of_each("at the earliest", &|s| pays(s.pays_from.map(|pays| pays.min))));
    table.row(of_each("at the latest", &|s| pays(s.pays_from.map(|pays| pays.max))));
    let Some(at) = prices.strategies.first().and_then(|s| s.points.iter().rposition(|p| p.filter_ms <= TYPICAL)) else {
        return table;
    };
    let title = format!("start paid at {}", ms(prices.strategies[0].points[at].filter_ms));
    let paid = |s: &StrategyPrices| match (&s.pays_from, s.points.get(at).and_then(|p| p.start_paid_after.as_ref())) {
        (None, _) => "–".to_owned(),
        (_, None) => "never".to_owned(),
        (_, Some(frames)) => format!("{:.0} frames", frames.median),
    };
    table.row(of_each(&title, &paid));
    table
}

/// FPS over that of `sequential`, by the time of the filters.
pub(super) fn speedups(prices: &Prices) -> Grid {
    let cell = |point: &PricePoint| {
        format!("{} {}", three_digits(point.speedup.median), range(point.speedup.min, point.speedup.max))
    };
    by_filter(prices, "× sequential", cell)
}
