//! What the benchmarks share: candidates that are measured in turns, and ratios of them.
#![allow(dead_code, reason = "every benchmark uses a part of it")]

use anyhow::Result;

/// Frames a second, and CPU milliseconds a frame of the whole process tree.
pub type Figures = (f64, f64);

/// Something to be measured.
pub struct Candidate {
    pub name: &'static str,
    pub go: Box<dyn Fn() -> Result<Figures>>,
    pub figures: Vec<Figures>,
}

pub fn candidate(name: &'static str, go: impl Fn() -> Result<Figures> + 'static) -> Candidate {
    Candidate { name, go: Box::new(go), figures: Vec::new() }
}

/// Runs every candidate once in each round, in shuffled order, after a warm-up round.
pub fn measure(candidates: &mut [Candidate], rounds: usize) -> Result<()> {
    for round in 0..=rounds {
        let mut order: Vec<_> = (0..candidates.len()).collect();
        fastrand::Rng::with_seed(round as u64).shuffle(&mut order);
        for at in order {
            let figures = (candidates[at].go)()?;
            if round > 0 {
                candidates[at].figures.push(figures);
            }
        }
        eprint!("\rround {round} of {rounds} ");
    }
    eprintln!();
    Ok(())
}

pub fn show(candidates: &[Candidate], cores: f64) {
    println!("{:<28} {:>7} {:>12} {:>8}", "", "FPS", "CPU ms/frame", "of CPU");
    for Candidate { name, figures, .. } in candidates {
        let (fps, cpu) = (median(figures.iter().map(|f| f.0)), median(figures.iter().map(|f| f.1)));
        let share = median(figures.iter().map(|f| f.0 * f.1 / 1e3 / cores));
        println!("{name:<28} {fps:>7.1} {cpu:>12.3} {:>6.1} %", share * 100.0);
    }
}

pub fn figures<'a>(candidates: &'a [Candidate], name: &str) -> &'a [Figures] {
    candidates.iter().find(|candidate| candidate.name == name).map_or(&[], |candidate| &candidate.figures)
}

/// The median over the rounds of the ratio within a round.
pub fn ratio(candidates: &[Candidate], a: &str, b: &str, figure: fn(&Figures) -> f64) -> f64 {
    let pairs = figures(candidates, a).iter().zip(figures(candidates, b));
    median(pairs.map(|(a, b)| figure(a) / figure(b)))
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
