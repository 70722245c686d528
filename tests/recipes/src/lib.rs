//! The recipes of docs/clients.md, docs/genai.md and docs/queues.md for crates that are not in the main workspace.

pub mod async_openai;
pub mod aws_smithy;
pub mod celery;
pub mod lapin;
pub mod nats;
pub mod oauth2;
pub mod object_store;
pub mod reqwest_012;

#[cfg(test)]
mod chats;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod tests;
