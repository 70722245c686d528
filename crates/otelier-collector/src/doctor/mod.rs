//! The subcommand `doctor`: whether what a program sends would arrive, and what of its settings
//! is not heeded.

mod connection;
mod endpoint;
mod lock;
mod proxy;
mod report;
mod sending;
mod settings;
mod test_data;
mod variables;

use self::{report::Report, settings::Settings, test_data::TestData};
use crate::{cli::Doctor, search::write};
use std::{env, process::ExitCode};

pub(crate) async fn run(doctor: Doctor) -> ExitCode {
    let mut report = Report::default();
    if let Some(lock) = &doctor.lock {
        lock::look(&mut report, lock);
    }
    if doctor.endpoint.is_some() || doctor.lock.is_none() {
        let set: Vec<_> = env::vars_os()
            .filter_map(|(name, value)| {
                let value = value.to_string_lossy().into_owned();
                Some((name.into_string().ok()?, value))
            })
            // An empty one is as good as none.
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        variables::look(&mut report, &set);
        let settings = Settings::of(&doctor, &set);
        let data = TestData::new();
        let arrived = endpoint::look(&mut report, &settings, &data).await;
        if arrived {
            report.more(format!("the trace that was sent is {}", data.trace_id()));
        }
    }
    write(&report.to_string());
    match report.ill {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
