//! The price list: made-up figures to the last digit, and the command as a user meets it.

use std::fs;

use crate::common::{browser, framerace};
use framerace::lab::microbench::{
    BreakEven, FrameSize, PaysFrom, PricePoint, Prices, StrategyPrices, TouchPrices, to_html, to_table,
};
use framerace::lab::report::{Detail, ResultFile, Spread, Width};
use serde_json::Value;

/// A figure with this median, which was a tenth less and a fifth more in other rounds.
fn figure(median: f64) -> Spread {
    Spread::over(vec![median * 0.9, median, median * 1.2])
}

/// A strategy that takes `own_ms` a frame beside the filters, on so many cores.
fn strategy(name: &str, own_ms: f64, cores: f64, pays_from: Option<BreakEven>) -> StrategyPrices {
    let process = name.starts_with("processes");
    let point = |filter_ms: f64| PricePoint {
        filter_ms,
        fps: figure(1e3 * cores / (filter_ms + own_ms)),
        speedup: figure(cores * (filter_ms + 0.2) / (filter_ms + own_ms)),
        start_paid_after: (cores > 1.0 && filter_ms >= own_ms).then(|| figure(40.0)),
    };
    let over = |median| PaysFrom { median, min: BreakEven::FromTheStart, max: BreakEven::Never };
    StrategyPrices {
        name: name.into(),
        worker_mb: (cores > 1.0).then(|| figure(own_ms * 10.0)),
        handoff_us: process.then(|| figure(own_ms * 50.0)),
        hand_over_all_us: process.then(|| figure(own_ms * 70.0)),
        switches_per_frame: figure(own_ms * 5.0),
        startup_ms: figure(own_ms * 100.0),
        points: [0.42, 1.0, 5.0, 20.0].map(point).into(),
        pays_from: pays_from.map(over),
    }
}

fn prices() -> Prices {
    Prices {
        schema: Prices::SCHEMA,
        framerace: "0.1.0".into(),
        machine: crate::common::made_up_machine(),
        opencv: crate::common::made_up_opencv(),
        frame: FrameSize { width: 1920, height: 1080, pixels: "bgr8".into(), bytes: 6_220_800 },
        workers: 4,
        rounds: 3,
        run_s: 0.25,
        thread_start_us: figure(21.0),
        process_start_ms: figure(112.0),
        handoff_us: figure(45.0),
        touch: TouchPrices { first_us: figure(2000.0), second_us: figure(10.0), fault_us: figure(1.3) },
        strategies: vec![
            strategy("sequential", 0.2, 1.0, None),
            strategy("threads", 0.3, 4.0, Some(BreakEven::FromTheStart)),
            strategy("processes", 0.4, 4.0, Some(BreakEven::From { filter_ms: 1.234 })),
            strategy("processes-pipe", 9.0, 4.0, Some(BreakEven::Never)),
        ],
    }
}

#[test]
fn the_table_is_as_it_is_kept_and_fits_a_terminal() {
    let [full, brief] = [Detail::Full, Detail::Brief].map(|detail| to_table(&prices(), detail, Width::default()));
    assert!(brief.lines().count() < 24, "{brief}");
    let text = full + "\n" + &brief;
    crate::common::golden("tests/golden/price.txt", &text);
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}");
}

#[test]
fn the_schema_is_that_of_the_types() {
    crate::common::golden("assets/price.schema.json", &Prices::schema().unwrap());
}

#[test]
fn a_list_reads_back_as_it_was_written() {
    let json = prices().to_json().unwrap();
    assert_eq!(Prices::from_json(&json, "prices.json").unwrap(), prices());
}

#[test]
fn rounds_are_in_order_of_time() {
    let rounds = vec![BreakEven::Never, BreakEven::From { filter_ms: 2.0 }, BreakEven::FromTheStart];
    let over = PaysFrom::over(rounds).unwrap();
    assert_eq!(over.median, BreakEven::From { filter_ms: 2.0 });
    assert_eq!((over.min, over.max), (BreakEven::FromTheStart, BreakEven::Never));
    assert_eq!(PaysFrom::over(Vec::new()), None);
}

/// Looks at every figure there is, wherever it is.
fn each_figure(value: &Value, path: &str, see: &mut dyn FnMut(&str, f64, f64, f64)) {
    match value {
        Value::Object(object) => {
            if let [Some(min), Some(median), Some(max)] = ["min", "median", "max"].map(|key| value[key].as_f64()) {
                see(path, min, median, max);
            }
            object.iter().for_each(|(key, value)| each_figure(value, &format!("{path}.{key}"), see));
        }
        Value::Array(values) => values.iter().for_each(|value| each_figure(value, path, see)),
        _ => {}
    }
}

#[test]
fn every_figure_is_there_with_its_spread() {
    let output = framerace(&["price", "--size", "64x48", "--rounds", "1", "--duration", "0.03", "--json", "-"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "no bar where there is no terminal");
    let prices: Value = serde_json::from_slice(&output.stdout).expect("nothing but JSON on standard output");
    let kept = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/price.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_slice(&kept).unwrap()).expect("a schema");
    assert!(validator.is_valid(&prices), "{:?}", validator.iter_errors(&prices).map(|e| e.to_string()).next());
    let mut seen = 0;
    each_figure(&prices, "", &mut |path, min, median, max| {
        seen += 1;
        assert!(min <= median && median <= max && min.is_finite() && max.is_finite(), "{path}: {min} {median} {max}");
        // A thread with tiny frames adds next to no memory, a run of one thread hardly switches, and a start may be
        // paid at once.
        let may_be_none = ["worker_mb", "switches_per_frame", "start_paid_after"].iter().any(|end| path.ends_with(end));
        assert!(may_be_none || median > 0.0, "{path}: {median}");
    });
    assert!(seen > 80, "{seen} figures");
    let names = ["sequential", "threads", "processes", "processes-pipe"];
    for (strategy, name) in prices["strategies"].as_array().unwrap().iter().zip(names) {
        assert_eq!(strategy["name"], name);
        assert_eq!(strategy["pays_from"].is_null(), name == "sequential");
        assert_eq!(strategy["handoff_us"].is_null(), !name.starts_with("processes"));
        let points = strategy["points"].as_array().unwrap();
        let filter_ms: Vec<_> = points.iter().filter_map(|point| point["filter_ms"].as_f64()).collect();
        assert!(filter_ms.is_sorted() && filter_ms.ends_with(&[1.0, 2.0, 5.0, 10.0, 20.0]), "{filter_ms:?}");
    }
}

#[test]
fn the_frame_size_is_that_of_the_input() {
    let short = ["--rounds", "1", "--duration", "0.01"];
    let output = framerace(&[&["price", "synthetic:70x50@0x1", "-w", "1"][..], &short].concat());
    let table = String::from_utf8(output.stdout).unwrap();
    for word in
        ["frames of 70x50 bgr8", "1 worker ", "1 round ", "exec to ready", "2 workers", "Faster than sequential"]
    {
        assert!(table.contains(word), "{word}: {table}");
    }
    let quiet = framerace(&[&["price", "--size", "16x16", "-w", "1", "--quiet"][..], &short].concat());
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty());
}

#[test]
fn what_has_no_price_is_refused() {
    for (arguments, code, words) in [
        (&["--size", "1920"][..], 2, &["--size", "1920x1080"][..]),
        (&["--size", "0x48"], 2, &["--size", "16384"]),
        (&["--size", "1920x"], 2, &["--size", "16384"]),
        (&["--size", "99999x5"], 2, &["--size", "16384"]),
        (&["--size", "5x5x5"], 2, &["--size", "16384"]),
        (&["--size", "64x48", "clip.mp4"], 2, &["--size and INPUT do not go together"]),
        (&["--rounds", "0"], 2, &["--rounds"]),
        (&["-w", "0"], 2, &["--workers"]),
        (&["--duration", "0"], 2, &["--duration"]),
        (&["no/such.mp4"], 1, &["no file no/such.mp4"]),
        (&["--json", "/nowhere/prices.json"], 1, &["no folder /nowhere"]),
    ] {
        let output = framerace(&[&["price"], arguments].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.lines().count() == 1 && said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
}

#[test]
fn the_page_has_the_answer_and_every_figure_and_stands_in_a_browser() {
    let page = to_html(&prices()).unwrap();
    assert_eq!(browser::result_in::<Prices>(&page), prices());
    browser::answers_as(&page, &to_table(&prices(), Detail::Full, Width::default()));
    let mut hostile = prices();
    hostile.strategies[1].name = "<img src=x onerror=hacked=1></script>".into();
    let hostile = to_html(&hostile).unwrap();
    browser::holds_text_only(&hostile);
    let Some(chromium) = browser::chromium() else { return };
    let none = to_html(&Prices { strategies: Vec::new(), ..prices() }).unwrap();
    browser::all_fine(chromium, &[page, hostile], include_str!("../../html/sheet.js"));
    assert!(!none.contains("NaN") && !none.contains(">inf"));
}
