//! Merging and closing a proposal from its page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::{Service, Trouble, trouble_page};
use crate::model::{ProposalId, ProposalState};
use crate::store::StoreError;

/// Written below a proposal that is closed by the button.
const CLOSED: &str = "Closed on the agent's page.";

/// Merges an open proposal.
pub(in crate::http) async fn merge(service: State<Arc<Service>>, number: Path<i64>) -> Response {
    end(service, number, ProposalState::Merged).await
}

/// Closes an open proposal without merging it.
pub(in crate::http) async fn close(service: State<Arc<Service>>, number: Path<i64>) -> Response {
    end(service, number, ProposalState::Closed).await
}

/// Runs to its end even when the browser goes away.
async fn end(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
    wanted: ProposalState,
) -> Response {
    let id = ProposalId(number);
    match tokio::spawn(end_once(Arc::clone(&service), id, wanted)).await {
        Ok(Ok(())) => Redirect::to(&format!("/proposals/{id}")).into_response(),
        Ok(Err(trouble)) => trouble_page(&service, &trouble),
        Err(error) => {
            tracing::error!(%error, "the end of a proposal was cut short");
            trouble_page(&service, &Trouble::NotEnded("our own fault; see the log".to_owned()))
        }
    }
}

async fn end_once(
    service: Arc<Service>,
    id: ProposalId,
    wanted: ProposalState,
) -> Result<(), Trouble> {
    let _alone = service.ending.lock().await;
    let kept = service.store.proposal(id).await?;
    let kept = kept.ok_or_else(|| StoreError::Missing(format!("proposal {id}")))?;
    let state = kept.proposal.state;
    if state == wanted {
        return Ok(());
    }
    if state != ProposalState::Open {
        return Err(StoreError::Ended(id, state.as_str()).into());
    }
    let stages = Arc::clone(&service.stages);
    let ended = tokio::task::spawn_blocking(move || match wanted {
        ProposalState::Merged => stages.merge(&kept.project, &kept.proposal).map(Some),
        _ => stages.close(&kept.project, &kept.proposal, CLOSED).map(|()| None),
    });
    let ended = ended.await.map_err(|error| Trouble::NotEnded(error.to_string()))?;
    match ended.map_err(|error| Trouble::NotEnded(format!("{error:#}")))? {
        Some(commit) => service.store.merged(id, commit).await?,
        None => service.store.closed(id).await?,
    }
    Ok(())
}
