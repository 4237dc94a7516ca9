namespace Orchestrator.Client.Runs;

/// <summary>The body of a claim. Members that are not set are left out.</summary>
internal sealed class ClaimBody
{
    public required string? WorkerId { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyDictionary<string, string>? Offers { get; init; }

    public required TimeSpan? Wait { get; init; }

    public required bool? Takeover { get; init; }

    public required RunId? RunId { get; init; }

    /// <param name="request">The claim.</param>
    /// <param name="wait">What is left of its wait.</param>
    public static ClaimBody From(ClaimRequest request, TimeSpan wait) => new()
    {
        WorkerId = request.WorkerId,
        Labels = request.Labels,
        Offers = request.Offers.Count == 0 ? null : request.Offers,
        Wait = wait == TimeSpan.Zero ? null : wait,
        Takeover = request.Takeover ? true : null,
        RunId = request.Run,
    };
}

/// <summary>The answer to a claim.</summary>
internal sealed class ClaimedBody
{
    public required RunBody Run { get; init; }

    public string? ClaimId { get; init; }

    public Run ToRun() => Run.ToRun(claimId: ClaimId);
}
