//! The lessons, asked without measuring: what each decides from made-up figures, and how it and its scene are put in words.

use framerace::child::WorkerCommand;
use framerace::filter::Chain;
use framerace::lab::lessons::{
    Figure, LESSONS, Lesson, LessonReport, Measured, Outcome, Prediction, Scene, SceneStep, Setting, Shown, find, list,
    scenes, shown_text, to_text,
};
use framerace::lab::report::{Detail, Width};
use framerace::pipeline::{Overflow, Settings};
use framerace::strategy;

/// A lesson, cores, figures with which its claim holds on them, and what is other where it does not.
type MadeUp = (&'static str, f64, &'static [(&'static str, f64)], &'static [(&'static str, f64)]);

const MADE_UP: &[MadeUp] = &[
    (
        "sequential",
        2.0,
        &[
            ("waiting alone", 120.5),
            ("computing alone", 121.5),
            ("waiting, then computing", 242.5),
            ("a core was in use", 0.51),
        ],
        &[("waiting, then computing", 125.5)],
    ),
    ("overlap", 1.0, &[("1 worker", 321.5), ("4 workers", 81.5), ("16 workers", 21.5)], &[("16 workers", 319.5)]),
    (
        "cpu-bound",
        2.0,
        &[("1 worker", 242.5), ("a worker a core", 123.5), ("4 workers a core", 124.5)],
        &[("4 workers a core", 61.5)],
    ),
    (
        "global-lock",
        2.0,
        &[
            ("waiting, threads", 82.5),
            ("waiting, one lock", 83.5),
            ("computing, threads", 82.3),
            ("computing, one lock", 161.5),
            ("computing, processes", 84.5),
        ],
        &[("computing, processes", 160.5)],
    ),
    (
        "concurrency-parallelism",
        2.0,
        &[
            ("one core, both", 241.5),
            ("one core, in work", 1.96),
            ("one core, computing", 0.99),
            ("all cores, both", 122.5),
            ("all cores, in work", 1.97),
            ("all cores, computing", 1.95),
        ],
        &[("all cores, both", 240.5), ("all cores, computing", 1.02)],
    ),
    (
        "join-in-the-loop",
        2.0,
        &[("work done before its thread", 161.5), ("start, wait, start, wait", 162.5), ("start all, then wait", 20.7)],
        &[("start all, then wait", 160.5)],
    ),
    (
        "queue",
        2.0,
        &[
            ("depth 1, a frame each", 2.1),
            ("depth 1, latency", 6.342),
            ("depth 1, memory", 3.2),
            ("depth 2, a frame each", 2.1),
            ("depth 2, latency", 8.442),
            ("depth 2, memory", 4.1),
            ("depth 8, a frame each", 2.1),
            ("depth 8, latency", 21.042),
            ("depth 8, memory", 9.5),
            ("depth 64, a frame each", 2.11),
            ("depth 64, latency", 139.3022),
            ("depth 64, memory", 59.9),
            ("producer blocked", 0.65),
            ("consumer starved", 0.66),
            ("camera, block, latency", 60.5),
            ("camera, block, dropped", 0.0),
            ("camera, drop-newest, latency", 54.5),
            ("camera, drop-newest, dropped", 32.0),
            ("camera, drop-oldest, latency", 22.5),
            ("camera, drop-oldest, dropped", 32.0),
        ],
        &[("depth 64, a frame each", 1.05), ("depth 64, latency", 69.321)],
    ),
    (
        "bottleneck",
        2.0,
        &[("as it is", 8.1), ("first twice as fast", 8.15), ("slowest four times as fast", 5.1)],
        &[("first twice as fast", 6.1), ("slowest four times as fast", 8.05)],
    ),
    (
        "stages-or-workers",
        2.0,
        &[
            ("balanced, stages", 4.1),
            ("balanced, workers", 4.15),
            ("unbalanced, stages", 7.1),
            ("unbalanced, workers", 4.12),
        ],
        &[("unbalanced, stages", 4.11)],
    ),
    (
        "spawn",
        2.0,
        &[
            ("a thread, start to end", 31.5),
            ("a task, a thread for each", 32.5),
            ("a task, a thread for all", 1.5),
            ("a process, start to end", 40_000.5),
            ("a frame, a process for each", 90_000.5),
            ("a frame, a process for all, with start", 23_000.5),
            ("a frame, to a process that runs", 21.5),
        ],
        &[("a process, start to end", 60.5)],
    ),
    (
        "memory",
        2.0,
        &[
            ("a frame and its result", 0.3),
            ("a worker more, threads", 0.4),
            ("buffers of the pool", 15.0),
            ("buffers made while running", 0.0),
            ("a worker more, processes", 17.5),
            ("the same, by RSS", 71.5),
        ],
        &[("a worker more, processes", 0.45)],
    ),
    (
        "handoff",
        2.0,
        &[
            ("160x120, reference", 11.5),
            ("160x120, shared memory", 17.5),
            ("160x120, pipe", 90.5),
            ("640x480, reference", 12.5),
            ("640x480, shared memory", 18.5),
            ("640x480, pipe", 700.5),
            ("1920x1080, reference", 11.7),
            ("1920x1080, shared memory", 24.5),
            ("1920x1080, pipe", 5800.5),
            ("pipe pays from, largest", 5.5),
        ],
        &[("1920x1080, pipe", 95.5)],
    ),
    (
        "shared-write",
        2.0,
        &[
            ("one counter, locked", 60.5),
            ("lost with the lock", 0.0),
            ("one counter, atomic", 22.5),
            ("lost with atomics", 0.0),
            ("one counter, read, add, write", 25.5),
            ("lost by read, add, write", 31.5),
            ("one each, side by side", 21.5),
            ("one each, apart", 5.5),
        ],
        &[("one each, side by side", 5.6)],
    ),
    (
        "oversubscription",
        2.0,
        &[
            ("1 worker, in all", 258.5),
            ("1 worker, switches", 1.5),
            ("1 worker, waiting for a CPU", 0.0),
            ("2 workers, in all", 130.5),
            ("2 workers, switches", 1.5),
            ("2 workers, waiting for a CPU", 0.0),
            ("4 workers, in all", 131.5),
            ("4 workers, switches", 1.5),
            ("4 workers, waiting for a CPU", 0.485),
            ("16 workers, in all", 132.5),
            ("16 workers, switches", 1.5),
            ("16 workers, waiting for a CPU", 0.849),
            ("64 workers, in all", 134.5),
            ("64 workers, switches", 1.5),
            ("64 workers, waiting for a CPU", 0.94),
            ("our pool alone", 40.5),
            ("our pool and OpenCV's", 55.5),
        ],
        &[("64 workers, in all", 60.5)],
    ),
    (
        "crash",
        2.0,
        &[
            ("panic, threads: lost", 21.0),
            ("panic, processes: lost", 0.0),
            ("panic, processes: pause", 1.5),
            ("kill, threads: lost", 21.0),
            ("kill, processes: lost", 0.0),
            ("kill, processes: pause", 1.5),
        ],
        &[("panic, processes: lost", 3.0), ("kill, processes: lost", 3.0)],
    ),
    (
        "responsiveness",
        2.0,
        &[("work in line", 34.5), ("work on its own thread", 0.3)],
        &[("work on its own thread", 33.5)],
    ),
    (
        "fake-fps",
        2.0,
        &[("newest again and again: claimed", 790.5), ("newest again and again: new", 29.2), ("each frame once", 29.4)],
        &[("newest again and again: claimed", 30.5)],
    ),
    (
        "map",
        2.0,
        &[
            ("ordered, half of them", 80.5),
            ("ordered, all results", 89.5),
            ("unordered, half of them", 40.5),
            ("unordered, all results", 88.5),
            ("rayon, half of them", 92.5),
            ("rayon, all results", 92.5),
        ],
        &[("ordered, half of them", 40.5)],
    ),
    (
        "ipc-queue",
        2.0,
        &[("sequential", 95.5), ("threads", 80.5), ("processes", 90.5), ("processes-pipe", 420.5)],
        &[("processes-pipe", 70.5)],
    ),
    (
        "amdahl",
        2.0,
        &[
            ("1 worker", 121.5),
            ("2 workers", 73.2),
            ("4 workers", 49.1),
            ("8 workers", 37.2),
            ("serial share, by fit", 0.2),
        ],
        &[("2 workers", 60.7), ("4 workers", 30.3), ("8 workers", 15.2)],
    ),
];

/// Figures as calm rounds on so many cores would give them.
fn measured(cores: f64, figures: &[(&str, f64)]) -> Measured {
    let rounds = [1.0, 1.004, 0.996, 1.002, 0.998];
    let figure = |(name, value): &(&str, f64)| {
        // Counts do not vary.
        let vary = |by: f64| if value.fract() == 0.0 { *value } else { value * by };
        Figure::new(name, "ms", rounds.map(vary).into())
    };
    let figures = figures.iter().map(figure).collect();
    Measured { experiment: "made up".into(), rounds: rounds.len(), cores, disturbed: 0.0, figures }
}

/// Every lesson with measurements with which its claim holds, and with others with which it does not.
fn made_up() -> Vec<(&'static Lesson, Measured, Measured)> {
    assert_eq!(MADE_UP.len(), LESSONS.len());
    let row = |(name, cores, holds, others): &MadeUp| {
        let fails: Vec<_> = holds.iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name)).collect();
        assert_eq!(fails.len() + others.len(), holds.len(), "{name}: what is other is there at all");
        let fails: Vec<_> = fails.into_iter().chain(*others).copied().collect();
        (find(name).expect(name), measured(*cores, holds), measured(*cores, &fails))
    };
    MADE_UP.iter().map(row).collect()
}

#[test]
fn every_verdict_comes_from_the_figures() {
    for (lesson, holds, fails) in made_up() {
        let name = lesson.about().name;
        let verdict = lesson.judge(&holds);
        assert_eq!(verdict.outcome, Outcome::Holds, "{name}: {verdict:#?}");
        let verdict = lesson.judge(&fails);
        assert_eq!(verdict.outcome, Outcome::DoesNotHold, "{name}: {verdict:#?}");
        assert!(verdict.because.len() > 10, "{name}: {verdict:#?}");
        let others = Measured { disturbed: 0.5, ..fails };
        assert_eq!(lesson.judge(&others).outcome, Outcome::NotDecided, "{name}: others were at work");
        let others = Measured { disturbed: 0.5, ..holds.clone() };
        assert_eq!(lesson.judge(&others).outcome, Outcome::Holds, "{name}: it holds whoever was at work");
        let once = Measured { rounds: 1, ..holds.clone() };
        assert_eq!(lesson.judge(&once).outcome, Outcome::NotDecided, "{name}: one round");
        // Nothing of what was measured is left: nothing can be said.
        let nothing = Measured { figures: Vec::new(), ..holds };
        assert_eq!(lesson.judge(&nothing).outcome, Outcome::NotDecided, "{name}: nothing was measured");
    }
}

#[test]
fn figures_that_scatter_decide_nothing() {
    for (lesson, holds, _) in made_up() {
        let scatter = |figure: &Figure| {
            let wild = |(at, value): (usize, &f64)| {
                let by = [1.0, 9.0, 0.1, 5.0, 0.3][(at + figure.name.len()) % 5];
                value * by + (by - 1.0_f64).max(0.0)
            };
            Figure::new(&figure.name, &figure.unit, figure.samples.iter().enumerate().map(wild).collect())
        };
        let wild = Measured { figures: holds.figures.iter().map(scatter).collect(), ..holds };
        let verdict = lesson.judge(&wild);
        assert_ne!(verdict.outcome, Outcome::Holds, "{}: {verdict:#?}", lesson.about().name);
    }
}

#[test]
fn a_verdict_says_why() {
    let lock = find("global-lock").unwrap();
    let (_, cores, figures, _) = MADE_UP.iter().find(|row| row.0 == "global-lock").unwrap();
    let with = |cores, rate| {
        let other =
            |(name, value): &(&'static str, f64)| (*name, if *name == "waiting, one lock" { rate } else { *value });
        measured(cores, &figures.iter().map(other).collect::<Vec<_>>())
    };
    let refuted = with(*cores, 247.5);
    let said = "the lock held up who waited (waiting: one lock ÷ threads: 3.00)";
    assert_eq!(lock.judge(&refuted).because, said);
    let disturbed = lock.judge(&Measured { disturbed: 0.4, ..refuted });
    assert!(disturbed.because.contains("40 %"), "{disturbed:?}");
    let one_core = lock.judge(&with(1.0, 83.5));
    assert!(one_core.outcome == Outcome::NotDecided && one_core.because.contains("2.00 cores"), "{one_core:?}");
    let mut noisy = with(*cores, 83.5);
    noisy.figures[1].samples = vec![40.0, 160.0, 50.0, 150.0, 82.5];
    let noisy = lock.judge(&noisy);
    assert!(noisy.outcome == Outcome::NotDecided && noisy.because.contains("differ too much"), "{noisy:?}");
}

#[test]
fn every_lesson_says_what_it_is_in_80_columns() {
    for (lesson, holds, fails) in made_up() {
        let about = lesson.about();
        let name = about.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        assert_eq!(LESSONS.iter().filter(|other| other.about().name == name).count(), 1, "{name}");
        assert!(about.claim.ends_with('.') && about.claim.len() < 160, "{name}: {}", about.claim);
        assert!(about.next.starts_with("framerace ") && about.next.len() <= 76, "{name}: {}", about.next);
        assert!(!about.law.is_empty() && !about.formula.is_empty() && !about.drawing.is_empty(), "{name}");
        let lines = about.explanation.lines().count();
        assert!((12..=40).contains(&lines), "{name}: {lines} lines are not half a page");
        for measured in [holds, fails] {
            let figures = measured.figures.clone();
            let given = LessonReport {
                name: name.into(),
                claim: about.claim.into(),
                drawing: about.drawing.into(),
                input: about.on_frames.then(|| "synthetic:320x240@0x32".to_owned()),
                prediction: Prediction { law: about.law.into(), formula: about.formula.into(), figures },
                verdict: lesson.judge(&measured),
                measured,
                next: about.next.into(),
                seconds: 1.0,
            };
            let text = to_text(&given, Detail::Full, Width::default());
            let widest = text.lines().chain(about.explanation.lines()).map(|line| line.chars().count()).max();
            assert!(widest <= Some(80), "{name}: {widest:?}\n{text}");
            for part in ["claim ", "experiment ", "theory ", "measured ", "next: "] {
                assert!(text.contains(&format!("\n{part}")), "{name}: {part}\n{text}");
            }
        }
    }
    assert!(list(Width::default()).lines().all(|line| line.chars().count() <= 80));
}

/// Whether a setting is possible in a scene.
fn is_valid(scene: &Scene, setting: Setting) -> bool {
    let chain: Chain = scene.chain.parse().expect("a chain");
    match setting {
        Setting::Strategy(name) => strategy::find(name).is_some_and(|strategy| {
            let settings = Settings { worker_command: Some(WorkerCommand::new("framerace")), ..Settings::default() };
            // A strategy that repeats the newest frame needs a camera.
            strategy.unfit(&chain, &settings).is_none() && (strategy.keeps_every_frame() || scene.camera.is_some())
        }),
        Setting::Workers(n) | Setting::Queue(n) => (1..=64).contains(&n),
        // Without a camera, dropping frames would only make it faster.
        Setting::Overflow(_) => scene.camera.is_some(),
        Setting::Slowed(filter, percent) => {
            chain.labels().contains(&filter.to_owned()) && (0.0..=1_000.0).contains(&percent)
        }
    }
}

#[test]
fn every_step_of_every_scene_is_possible_and_changes_something() {
    let scenes = scenes();
    assert!(scenes.len() >= 11, "{}", scenes.len());
    for (lesson, scene) in scenes {
        let name = lesson.about().name;
        assert!(scene.steps.len() > 1, "{name}");
        let same_kind = |a: &Setting, b: &Setting| match (a, b) {
            (Setting::Slowed(a, _), Setting::Slowed(b, _)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        let mut now = vec![
            Setting::Strategy("threads"),
            Setting::Workers(1),
            Setting::Queue(4),
            Setting::Overflow(Overflow::Block),
        ];
        now.extend(
            scene.chain.split(',').map(|filter| Setting::Slowed(filter.split('=').next().unwrap_or(filter), 0.0)),
        );
        for (number, step) in scene.steps.iter().enumerate() {
            assert!(step.caption.ends_with('.') && step.caption.len() <= 140, "{name}: {}", step.caption);
            assert!(number == 0 || !step.settings.is_empty(), "{name}: {}", step.caption);
            for setting in &step.settings {
                assert!(is_valid(scene, *setting), "{name}: {setting:?}");
                assert!(!now.contains(setting), "{name}: {setting:?} is so already");
                now.retain(|other| !same_kind(other, setting));
                now.push(*setting);
            }
        }
    }
}

#[test]
fn what_was_shown_is_told_in_80_columns() {
    for (lesson, scene) in scenes() {
        let shown = |step: &SceneStep| Shown {
            what: step.caption.into(),
            predicted: None,
            measured: Some(118.25),
            limit: "delay-2: too many workers for the cores".into(),
        };
        let text = shown_text(lesson.about(), &scene.steps.iter().map(shown).collect::<Vec<_>>(), Width::default());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("    predicted – · measured 118 FPS · delay-2: "), "{text}");
        assert!(text.contains("\n 2  "), "{text}");
    }
}
