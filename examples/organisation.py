"""Look after an organisation: members, limits, what was used, and who did what.

Needs AIONVISION_API_KEY of an administrator and AIONVISION_BASE_URL (http://127.0.0.1:8000/api/v2).
"""

from aion import SyncAionVision


def show_organisation(client: SyncAionVision) -> None:
    """Prints its name, its plan and its people."""
    settings = client.tenant.get_settings()
    print(settings.name, "|", settings.subscription_tier)
    for member in client.tenant.list_members():
        print("member:", member.email, member.role)
    print("left this month:", client.tenant.get_limits().remaining)
    print("own bucket:", client.settings.get_custom_s3_status().configured)


def show_usage(client: SyncAionVision) -> None:
    """Prints what was used, by day and by endpoint."""
    summary = client.usage.summary(period="month")
    print("credits:", summary.usage.total_credits, "| uploads:", summary.usage.upload_count)
    for day in client.usage.by_period(period_type="day").data[-3:]:
        print(day.label, day.value, "credits")
    for endpoint in client.usage.top_endpoints(limit=3).endpoints:
        print(endpoint.call_count, "calls of", endpoint.endpoint)


def show_log(client: SyncAionVision) -> None:
    """Prints the last changes and refusals."""
    for entry in client.audit.list(limit=5).entries:
        print(entry.event_timestamp, entry.event_type, entry.result, entry.resource_id)
    print("refused:", client.audit.list(result="denied", limit=1).total_count)


def main() -> None:
    """Prints all of it."""
    with SyncAionVision.from_env() as client:
        show_organisation(client)
        show_usage(client)
        show_log(client)


main()
