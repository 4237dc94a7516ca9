using System.Security.Cryptography;
using System.Text.Json;

namespace Orchestrator.Core.Sealing;

/// <summary>
/// The fingerprint of a request: the SHA-256, in lower-case hexadecimal, of its canonical JSON (RFC 8785). The audit keeps it as
/// <c>payload_hash</c>, and a repeated idempotency key is the same request when it is the same.
/// </summary>
/// <remarks>
/// <para>The JSON has the members of the request by their wire names. What the contract gives the meaning of absence is left out: null, the
/// defaults of <c>outcome</c> (<c>applied</c>) and <c>priority</c> (0), and empty <c>labels</c>, <c>payload</c>, <c>launch_manifest</c>, <c>overrides</c>,
/// <c>health_policy</c> and <c>final</c>. So is what does not tell requests apart: a command's <c>issued_at</c>, the <c>wait</c> of a claim
/// and the <c>claim_id</c>, which fences the sender.
/// An acknowledgement has the id of its command as <c>command_id</c>.</para>
/// <para>Times are in UTC with seven digits of the second, spans in seconds, and numbers that are not finite the texts <c>NaN</c>, <c>Infinity</c>
/// and <c>-Infinity</c>.</para>
/// <para>Requests have been validated. One that was not may throw <see cref="ArgumentException"/>: its JSON has a member twice, nests too
/// deep, or holds a text that is not Unicode.</para>
/// </remarks>
internal static class RequestHash
{
    public static string Of(NewCommand request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        Actor(ref json, request.Actor);
        json.Member("expires_at"u8, request.ExpiresAt);
        json.Member("id"u8, request.Id?.ToString());
        Json(ref json, "payload"u8, request.Payload);
        json.Member("type"u8, request.Type?.ToWireName());
        return Finish(ref json);
    }

    public static string Of(CommandId command, Acknowledgement request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        Numbers(ref json, "applied"u8, request.Applied);
        json.Member("attempt"u8, request.Attempt);
        json.Member("command_id"u8, command.ToString());
        json.Member("outcome"u8, request.Outcome == AckOutcome.Applied ? null : request.Outcome.ToWireName());
        json.Member("reason"u8, request.Reason);
        json.Member("step"u8, request.Step);
        return Finish(ref json);
    }

    public static string Of(TransitionRequest request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        Actor(ref json, request.Actor);
        json.Member("attempt"u8, request.Attempt);
        if (request.Final is { } final && final != new FinalReport())
        {
            json.Name("final"u8);
            json.StartObject();
            json.Member("checkpoint_uri"u8, final.CheckpointUri);
            json.Member("checkpoint_version"u8, final.CheckpointVersion);
            json.Member("loss"u8, final.Loss);
            Numbers(ref json, "metrics"u8, final.Metrics);
            json.Member("samples_per_sec"u8, final.SamplesPerSec);
            json.Member("step"u8, final.Step);
            json.EndObject();
        }

        json.Member("reason"u8, request.Reason);
        json.Member("status_message"u8, request.StatusMessage);
        json.Member("to_state"u8, request.To?.ToWireName());
        return Finish(ref json);
    }

    public static string Of(AttemptRequest request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        Actor(ref json, request.Actor);
        json.Member("expected_attempt"u8, request.ExpectedAttempt);
        json.Member("reason"u8, request.Reason);
        if (request.ResumeFrom is { } point)
        {
            json.Name("resume_from"u8);
            json.StartObject();
            json.Member("checkpoint_version"u8, point.CheckpointVersion);
            json.Member("step"u8, point.Step);
            json.EndObject();
        }

        json.Member("worker_id"u8, request.WorkerId);
        return Finish(ref json);
    }

    public static string Of(SnoozeRequest request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        Actor(ref json, request.Actor);
        json.Member("reason"u8, request.Reason);
        json.Member("seconds"u8, request.For?.TotalSeconds);
        json.Member("until"u8, request.Until);
        return Finish(ref json);
    }

    public static string Of(ClaimRequest request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        Labels(ref json, "labels"u8, request.Labels);
        Labels(ref json, "offers"u8, request.Offers);
        json.Member("run_id"u8, request.Run?.ToString());
        if (request.Takeover)
        {
            json.Name("takeover"u8);
            json.Raw("true"u8);
        }

        json.Member("worker_id"u8, request.WorkerId);
        return Finish(ref json);
    }

    public static string Of(NewRun request)
    {
        var json = new CanonicalWriter(stackalloc byte[CanonicalWriter.SmallSize]);
        json.StartObject();
        json.Member("created_by"u8, request.CreatedBy);
        json.Member("experiment_id"u8, request.ExperimentId.ToString());
        if (request.HealthPolicy is { } policy && policy != new HealthPolicy())
        {
            json.Name("health_policy"u8);
            json.StartObject();
            json.Member("stale_after"u8, policy.StaleAfter?.TotalSeconds);
            json.Member("stalled_after"u8, policy.StalledAfter?.TotalSeconds);
            json.Member("unresponsive_after"u8, policy.UnresponsiveAfter?.TotalSeconds);
            json.EndObject();
        }

        json.Member("id"u8, request.Id?.ToString());
        Labels(ref json, "labels"u8, request.Labels);
        Json(ref json, "launch_manifest"u8, request.LaunchManifest);
        Json(ref json, "overrides"u8, request.Overrides);
        json.Member("priority"u8, request.Priority == 0 ? null : (long?)request.Priority);
        Labels(ref json, "requires"u8, request.Requires);
        json.Member("version_id"u8, request.VersionId.ToString());
        return Finish(ref json);
    }

    private static void Actor(ref CanonicalWriter json, Actor? actor)
    {
        if (actor is not null)
        {
            json.Name("actor"u8);
            json.StartObject();
            json.Member("id"u8, actor.Id);
            json.Member("type"u8, actor.Type.ToWireName());
            json.EndObject();
        }
    }

    private static void Json(ref CanonicalWriter json, ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is { ValueKind: not JsonValueKind.Null } given && (given.ValueKind != JsonValueKind.Object || given.GetPropertyCount() > 0))
        {
            json.Name(name);
            CanonicalJson.Write(ref json, given);
        }
    }

    private static void Labels(ref CanonicalWriter json, ReadOnlySpan<byte> member, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count > 0)
        {
            json.Name(member);
            json.StartObject();
            foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
            {
                json.Name(name);
                json.Text(value);
            }

            json.EndObject();
        }
    }

    private static void Numbers(ref CanonicalWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, double>? values)
    {
        if (values is not null)
        {
            json.Name(name);
            json.StartObject();
            foreach (var (member, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.Name(member);
                json.Number(value);
            }

            json.EndObject();
        }
    }

    private static string Finish(ref CanonicalWriter json)
    {
        json.EndObject();
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json.Written, hash);
        json.Return();
        return Convert.ToHexStringLower(hash);
    }
}
