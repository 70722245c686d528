//! A server whose answers are recorded.

use std::borrow::Cow;

use otelier_core::edge::Traced;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams,
        CancelledNotificationParam, CompleteRequestParams, CompleteResult, CustomNotification,
        CustomRequest, CustomResult, DiscoverResult, GetPromptRequestParams, GetPromptResponse,
        GetSkillRequestParams, GetSkillResult, GetTaskParams, GetTaskResult,
        InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListSkillsResult, ListToolsResult, PaginatedRequestParams,
        ProgressNotificationParam, ProtocolVersion, ReadResourceDirectoryRequestParams,
        ReadResourceDirectoryResult, ReadResourceRequestParams, ReadResourceResponse, ServerConfig,
        SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
        UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};

use super::message::{Message, Subject};
use crate::record::mcp as record;

/// Has what a server answers recorded.
///
/// It records to the providers that are current now, or, if there are none, to the
/// process's as soon as these are installed. What rmcp answers before it asks the server,
/// such as a message of a version that is not spoken, and subscriptions, which last, are
/// not recorded.
pub fn server<S: ServerHandler>(service: S) -> Server<S> {
    Server {
        service,
        telemetry: record::Telemetry::default(),
    }
}

/// A server whose answers are recorded, made by [`server`].
///
/// See the [example of the module](crate::mcp).
#[derive(Clone, Debug)]
pub struct Server<S> {
    service: S,
    telemetry: record::Telemetry,
}

impl<S> Server<S> {
    /// The server itself.
    pub fn get_ref(&self) -> &S {
        &self.service
    }
}

type Context = RequestContext<RoleServer>;
type Notified = NotificationContext<RoleServer>;

/// What a tool returned, if it did.
fn completed(answer: &CallToolResponse) -> Option<&CallToolResult> {
    match answer {
        CallToolResponse::Complete(result) => Some(result),
        _ => None,
    }
}

impl<S: ServerHandler> Server<S> {
    /// Records one message, and the answer that `answer` makes.
    async fn serve<A, F>(
        &self,
        run: Option<record::Serving>,
        answer: F,
        result: impl FnOnce(&A) -> Option<&CallToolResult>,
    ) -> Result<A, ErrorData>
    where
        F: Future<Output = Result<A, ErrorData>>,
    {
        let (answer, run) = Traced::run(answer, run).await;
        record::answered(run, answer.as_ref().map(result));
        answer
    }

    fn begin(
        &self,
        method: &str,
        subject: Subject<'_>,
        context: &Context,
    ) -> Option<record::Serving> {
        record::served(&self.telemetry, Message { method, subject }, context)
    }
}

/// Messages that say nothing more than their method.
macro_rules! served {
    ($($name:ident($($request:ident: $Params:ty)?) -> $Answer:ty, $method:literal;)*) => {$(
        async fn $name(
            &self,
            $($request: $Params,)?
            context: Context,
        ) -> Result<$Answer, ErrorData> {
            let run = self.begin($method, Subject::Nothing, &context);
            self.serve(run, self.service.$name($($request,)? context), |_| None).await
        }
    )*};
}

/// Messages that are handed on, and not recorded.
macro_rules! handed_on {
    ($($name:ident($($told:ident: $Told:ty),*) $(-> $Answer:ty)?;)*) => {$(
        async fn $name(&self, $($told: $Told),*) $(-> $Answer)? {
            self.service.$name($($told),*).await
        }
    )*};
}

#[expect(deprecated, reason = "what is deprecated is handed on like the rest")]
impl<S: ServerHandler> ServerHandler for Server<S> {
    served! {
        complete(request: CompleteRequestParams) -> CompleteResult, "completion/complete";
        set_level(request: rmcp::model::SetLevelRequestParams) -> (), "logging/setLevel";
        list_prompts(request: Option<PaginatedRequestParams>) -> ListPromptsResult, "prompts/list";
        list_resources(request: Option<PaginatedRequestParams>) -> ListResourcesResult, "resources/list";
        list_resource_templates(request: Option<PaginatedRequestParams>) -> ListResourceTemplatesResult, "resources/templates/list";
        subscribe(request: SubscribeRequestParams) -> (), "resources/subscribe";
        unsubscribe(request: UnsubscribeRequestParams) -> (), "resources/unsubscribe";
        list_tools(request: Option<PaginatedRequestParams>) -> ListToolsResult, "tools/list";
        initialize(request: InitializeRequestParams) -> InitializeResult, "initialize";
        get_task(request: GetTaskParams) -> GetTaskResult, "tasks/get";
        update_task(request: UpdateTaskParams) -> (), "tasks/update";
        cancel_task(request: CancelTaskParams) -> (), "tasks/cancel";
        list_skills(request: Option<PaginatedRequestParams>) -> ListSkillsResult, "skills/list";
        get_skill(request: GetSkillRequestParams) -> GetSkillResult, "skills/get";
        read_resource_directory(request: ReadResourceDirectoryRequestParams) -> ReadResourceDirectoryResult, "resources/directory/read";
        ping() -> (), "ping";
        discover() -> DiscoverResult, "server/discover";
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let run = self.begin("tools/call", Subject::Tool(&request), &context);
        let answer = self.service.call_tool(request, context);
        self.serve(run, answer, completed).await
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let run = self.begin("prompts/get", Subject::Prompt(&request.name), &context);
        self.serve(run, self.service.get_prompt(request, context), |_| None)
            .await
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let run = self.begin("resources/read", Subject::Resource(&request.uri), &context);
        self.serve(run, self.service.read_resource(request, context), |_| None)
            .await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: Context,
    ) -> Result<CustomResult, ErrorData> {
        let run = self.begin(&request.method, Subject::Nothing, &context);
        self.serve(
            run,
            self.service.on_custom_request(request, context),
            |_| None,
        )
        .await
    }

    handed_on! {
        listen(context: SubscriptionContext) -> Result<(), ErrorData>;
        on_cancelled(told: CancelledNotificationParam, context: Notified);
        on_progress(told: ProgressNotificationParam, context: Notified);
        on_initialized(context: Notified);
        on_roots_list_changed(context: Notified);
        on_custom_notification(told: CustomNotification, context: Notified);
    }

    fn negotiate_initialize(
        &self,
        request: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        self.service.negotiate_initialize(request)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.service.supported_protocol_versions()
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.service.accepted_subscription_filter(requested)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.service.get_tool(name)
    }

    fn get_info(&self) -> ServerConfig {
        self.service.get_info()
    }
}
