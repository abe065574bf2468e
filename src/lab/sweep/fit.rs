//! Laws fitted to what was measured, by least squares of relative errors. Numbers in, numbers out.
//!
//! Amdahl's law (1967): N workers share what is not serial, X(N) = γN / (1 + α(N−1)). The universal scalability law
//! (Gunther 1993, *A simple capacity model of massively parallel transaction systems*; 2007, *Guerrilla Capacity
//! Planning*) adds what each costs each other one: X(N) = γN / (1 + α(N−1) + βN(N−1)). Turned over, N/X is linear in
//! 1/γ, α/γ and β/γ (Gunther's own way to fit it), and divided by N/X itself its residuals are relative errors of X.

use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::lab::report::{Law, PixelCost};

const AMDAHL: &str = "Amdahl's law (1967)";
const UNIVERSAL: &str = "universal scalability law (Gunther 1993)";
/// The confidence at which a law with one parameter more is called the better one.
const SURE: f64 = 0.95;
/// Relative errors below this are those of the arithmetic.
const EXACT: f64 = 1e-9;

/// The laws that these points (workers, FPS) can tell: none of fewer than three, Amdahl's of three, both of more.
pub fn laws(points: &[(f64, f64)]) -> Vec<Law> {
    let n = points.len();
    if n < 3 || points.iter().any(|(workers, fps)| *workers < 1.0 || *fps <= 0.0) {
        return Vec::new();
    }
    let Some(amdahl) = best(points, AMDAHL, false) else { return Vec::new() };
    let universal = best(points, UNIVERSAL, true).filter(|_| n > 3);
    let better = universal.as_ref().is_some_and(|universal| {
        let [simple, full] = [&amdahl, universal].map(|law| law.off.powi(2) * n as f64);
        let f = (simple - full) / (full / (n - 3) as f64).max(EXACT.powi(2));
        let better = FisherSnedecor::new(1.0, (n - 3) as f64).is_ok_and(|law| law.cdf(f) > SURE);
        universal.beta > 0.0 && better
    });
    let universal = universal.map(|law| Law { preferred: better, ..law });
    [Law { preferred: !better, ..amdahl }].into_iter().chain(universal).collect()
}

/// The best fit with 0 ≤ α ≤ 1 and β ≥ 0: each bound is tried as such, and the best that keeps all of them counts.
fn best(points: &[(f64, f64)], name: &str, with_beta: bool) -> Option<Law> {
    let bounds = [None, Some(0.0), Some(1.0)];
    let betas: &[bool] = if with_beta { &[true, false] } else { &[false] };
    let tried = bounds.iter().flat_map(|alpha| betas.iter().filter_map(|beta| attempt(points, name, *alpha, *beta)));
    tried.min_by(|a, b| a.off.total_cmp(&b.off))
}

/// The fit with this α, if it is given, and with a β if there is to be one.
fn attempt(points: &[(f64, f64)], name: &str, alpha: Option<f64>, beta: bool) -> Option<Law> {
    let row = |workers: f64| {
        let mut terms = vec![1.0 + alpha.unwrap_or(0.0) * (workers - 1.0)];
        if alpha.is_none() {
            terms.push(workers - 1.0);
        }
        if beta {
            terms.push(workers * (workers - 1.0));
        }
        terms
    };
    let fitted = least_squares(&points.iter().map(|(n, fps)| (row(*n), n / fps)).collect::<Vec<_>>())?;
    let gamma = 1.0 / fitted[0];
    let alpha = alpha.unwrap_or_else(|| fitted[1] * gamma);
    let beta = if beta { fitted.last().map_or(0.0, |term| term * gamma) } else { 0.0 };
    let peak = (beta > 0.0).then(|| ((1.0 - alpha) / beta).sqrt().max(1.0));
    let mut law = Law { name: name.into(), gamma, alpha, beta, peak, off: 0.0, preferred: false };
    law.off = root_mean_square(points.iter().map(|(n, fps)| law.fps(*n) / fps - 1.0));
    (gamma > 0.0 && (0.0..=1.0).contains(&alpha) && beta >= 0.0).then_some(law)
}

impl Law {
    /// What the law says of so many workers.
    pub fn fps(&self, workers: f64) -> f64 {
        let more = workers - 1.0;
        self.gamma * workers / (1.0 + self.alpha * more + self.beta * workers * more)
    }
}

/// What a frame takes by its millions of pixels, from points (megapixels, milliseconds); none of fewer than three.
pub fn pixel_cost(points: &[(f64, f64)]) -> Option<PixelCost> {
    if points.len() < 3 || points.iter().any(|(_, ms)| *ms <= 0.0) {
        return None;
    }
    let fitted = least_squares(&points.iter().map(|(mp, ms)| (vec![1.0, *mp], *ms)).collect::<Vec<_>>())?;
    // No frame takes less than no time.
    let (fixed_ms, megapixel_ms) = match (fitted[0], fitted[1]) {
        (fixed, each) if fixed >= 0.0 => (fixed, each),
        _ => (0.0, least_squares(&points.iter().map(|(mp, ms)| (vec![*mp], *ms)).collect::<Vec<_>>())?[0]),
    };
    let off = root_mean_square(points.iter().map(|(mp, ms)| (fixed_ms + megapixel_ms * mp) / ms - 1.0));
    Some(PixelCost { fixed_ms, megapixel_ms, off })
}

/// The coefficients of the terms that come nearest to the values, errors taken as parts of them.
fn least_squares(rows: &[(Vec<f64>, f64)]) -> Option<Vec<f64>> {
    let terms = rows.first()?.0.len();
    let design = DMatrix::from_fn(rows.len(), terms, |row, term| rows[row].0[term] / rows[row].1);
    let ones = DVector::from_element(rows.len(), 1.0);
    let solution = design.svd(true, true).solve(&ones, f64::EPSILON).ok()?;
    Some(solution.iter().copied().collect())
}

fn root_mean_square(errors: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = errors.len().max(1) as f64;
    (errors.map(|error| error * error).sum::<f64>() / n).sqrt()
}
