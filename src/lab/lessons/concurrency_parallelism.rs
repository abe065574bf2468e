//! Progress together is not progress at once: one core takes turns, two compute at the same time.

use anyhow::Result;

use super::{About, Check, Lab, Lesson, Measured, Notes, OneCore, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct ConcurrencyParallelism;

const FRAMES: u64 = 60;
const MS: u64 = 4;
const WORKERS: usize = 2;

/// Where it runs.
const PLACES: [&str; 2] = ["one core", "all cores"];

impl Lesson for ConcurrencyParallelism {
    fn about(&self) -> About {
        About {
            name: "concurrency-parallelism",
            claim: "Progress together (concurrency) is not progress at once (parallelism): one core takes turns.",
            drawing: "
  one core:   A B A B A B A B       both get on, one computes
  all cores:  A A A A               both get on, both compute
              B B B B",
            explanation: include_str!("concurrency-parallelism.md"),
            next: "framerace run synthetic:320x240@0x100 -f spin=5 -w 2 --trace trace.json",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let place = |place: &'static str| {
            move |notes: &mut Notes| {
                let _here = (place == PLACES[0]).then(OneCore::stay).transpose()?;
                let settings = Settings { workers: WORKERS, ..lab.settings(FRAMES) };
                let run = lab.run("threads", &format!("spin={MS}"), &settings)?;
                let chain = run.stages.iter().find(|stage| stage.name == "chain");
                let in_work = chain.map_or(0.0, |chain| chain.busy * chain.workers as f64);
                notes.add(&total(place), "ms", run.wall_s * 1e3);
                notes.add(&in_work_on(place), "frames at once", in_work);
                notes.add(&computing_on(place), "cores at once", run.cpu_s / run.wall_s);
                Ok(())
            }
        };
        lab.rounds(
            format!("{FRAMES} frames that compute {MS} ms each, with {WORKERS} workers, on one core and on all"),
            &[&place(PLACES[0]), &place(PLACES[1])],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let predict = |(place, cores): (&str, f64)| {
            let at_once = cores.min(WORKERS as f64);
            [
                measured.always(&total(place), (FRAMES * MS) as f64 / at_once),
                measured.always(&in_work_on(place), WORKERS as f64),
                measured.always(&computing_on(place), at_once),
            ]
        };
        Theory {
            law: "cores share the work",
            formula: "T = work ÷ min(workers, cores); in work at once = workers",
            predicted: [(PLACES[0], 1.0), (PLACES[1], measured.cores)].into_iter().flat_map(predict).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let [together, apart] = PLACES.map(|place| measured.samples(&total(place)).to_vec());
        let [one, all] = PLACES.map(computing_on);
        vec![
            Check::cores(measured, WORKERS as f64),
            Check::value("frames in work at once on one core", measured.samples(&in_work_on(PLACES[0])))
                .at_least(1.7)
                .or("the two did not get on together"),
            Check::value("cores computing at once there", measured.samples(&one))
                .at_most(1.1)
                .or("more than one core was in use"),
            Check::value("cores computing at once on all", measured.samples(&all))
                .at_least(1.5)
                .or("the two did not compute at once"),
            Check::ratio("time on one core ÷ on all", &together, &apart).at_least(1.5).or("a second core did not help"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |wall: f64, computing: f64| {
            let [one, all] = PLACES;
            let figures = [
                (total(one), 241.5),
                (in_work_on(one), 1.96),
                (computing_on(one), 0.99),
                (total(all), wall),
                (in_work_on(all), 1.97),
                (computing_on(all), computing),
            ];
            Measured::made_up(2.0, &figures.each_ref().map(|(name, value)| (name.as_str(), *value)))
        };
        (made_up(122.5, 1.95), made_up(240.5, 1.02))
    }
}

fn total(place: &str) -> String {
    format!("{place}, both")
}

fn in_work_on(place: &str) -> String {
    format!("{place}, in work")
}

fn computing_on(place: &str) -> String {
    format!("{place}, computing")
}
