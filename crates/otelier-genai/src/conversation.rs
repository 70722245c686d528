//! Conversations that calls belong to without being told.

use std::borrow::Cow;

use otelier_core::edge::Traced;

use crate::record;

/// Runs a future in a conversation: calls of models, tools and agents below it belong to
/// it, also those that a layer or a middleware reads as they pass by, unless they are told
/// another.
///
/// ```
/// use otelier_genai::{Inference, Provider, conversation};
///
/// # async fn example() -> std::io::Result<String> {
/// conversation("c-7", async {
///     Inference::new(Provider::OPENAI, "chat", "gpt-6").run(async |_| Ok("twelve".to_owned())).await
/// })
/// .await
/// # }
/// ```
///
/// # Cancellation
/// That of the future.
pub async fn conversation<F: Future>(id: impl Into<Cow<'static, str>>, future: F) -> F::Output {
    let scope: Option<record::Within> = record::converse(id);
    Traced::run(future, scope).await.0
}
