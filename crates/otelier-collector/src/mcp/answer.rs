//! What an agent is told.

use crate::api::answer::Problem;

/// What is answered: a text, or in words why there is none and what to do.
pub(super) type Answer = Result<String, String>;

/// In words, with the place in the query.
pub(super) fn words(problem: Problem) -> String {
    match problem.column {
        Some(column) => format!("the query, at column {column}: {}", problem.message),
        None => problem.message,
    }
}
