//! What if? Predictions of what a [`Scenario`] would give, from a simulation driven by what was measured ([`predict`]), and
//! experiments that confirm them ([`prove()`]). [`predict_change()`] predicts what a change of a run's settings will give
//! before the changed run is measured.
//!
//! A prediction is the measured FPS, times the simulated rate with the change, over the simulated rate of the run as it
//! was. What the model leaves out cancels where it is the same in both.

mod change;
mod model;
mod prove;
mod scenario;
mod simulate;
mod topology;
mod variation;

pub use change::{CannotPredict, Change, PredictedRate, predict_change, predict_declared};
pub use model::HANDOFF;
pub use prove::{Bencher, prove};
pub use scenario::{CORES, FASTER, Prediction, Scenario, predict};
pub use topology::{Connection, predict_connection};
