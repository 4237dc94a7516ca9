using System.Text.Json;
using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Commands;

/// <summary>The rules of commands and acknowledgements, with the wire names of their members.</summary>
internal static class CommandValidation
{
    private const int MaxNotes = 4_096;

    public static Refusal? Check(NewCommand request, TunableSet tunables, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        faults.Require(request.Id is not { IsDefault: true }, "id", Rules.Id);
        faults.Require(request.Id?.ToString() != "next", "id", "must not be next, which is a path of the API");
        if (request.Type is not { } type || !Enum.IsDefined(type))
        {
            Rules.OneOf(ref faults, "type", request.Type, CommandTypes.ToWireName);
        }
        else
        {
            CheckPayload(ref faults, type, request.Payload, tunables);
        }

        Rules.Time(ref faults, "issued_at", request.IssuedAt);
        Rules.Time(ref faults, "expires_at", request.ExpiresAt);
        Rules.Actor(ref faults, request.Actor, context);
        return faults.ToRefusal();
    }

    public static Refusal? Check(Acknowledgement acknowledgement, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        faults.Require(Enum.IsDefined(acknowledgement.Outcome), "outcome", "must be one of applied, rejected");
        Rules.Text(ref faults, "reason", acknowledgement.Reason, 1_024);
        Rules.Counter(ref faults, "step", acknowledgement.Step);
        Rules.ClaimId(ref faults, acknowledgement.ClaimId);
        foreach (var (name, value) in acknowledgement.Applied ?? new Dictionary<string, double>())
        {
            faults.Require(name.Length is >= 1 and <= 64 && Rules.IsStorable(name), "applied", "must have names of 1 to 64 characters");
            faults.Require(double.IsFinite(value), "applied", "must have finite values");
        }

        faults.Require(acknowledgement.Applied is not { Count: > 64 }, "applied", "must have at most 64 entries");
        return faults.ToRefusal();
    }

    private static void CheckPayload(ref Faults faults, CommandType type, JsonElement? payload, TunableSet tunables)
    {
        if (payload is { } given && (given.ValueKind != JsonValueKind.Object || !Rules.IsStorable(given)))
        {
            faults.Add(type == CommandType.Terminate && HasUnstorableReason(given) ? "payload.reason" : "payload", Rules.StorableJson);
            return;
        }

        switch (type)
        {
            case CommandType.Pause or CommandType.Resume:
                faults.Require(payload is not { } extra || !extra.EnumerateObject().Any(), "payload", $"must be absent or empty for {type.ToWireName()}");
                break;
            case CommandType.Terminate:
                CheckTerminate(ref faults, payload);
                break;
            case CommandType.Tune:
                CheckTune(ref faults, payload, tunables);
                break;
        }
    }

    private static bool HasUnstorableReason(JsonElement payload)
    {
        try
        {
            return payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("reason", out var reason) && !Rules.IsStorable(reason);
        }
        catch (InvalidOperationException)
        {
            // The name of another member is not Unicode.
            return false;
        }
    }

    private static void CheckTerminate(ref Faults faults, JsonElement? payload)
    {
        if (payload is not { } json || !json.TryGetProperty("reason", out var reason) || reason.ValueKind != JsonValueKind.String)
        {
            faults.Add("payload.reason", "is required: 1 to 256 characters");
        }
        else
        {
            Rules.Text(ref faults, "payload.reason", reason.GetString(), 256, required: true);
        }

        foreach (var member in payload?.EnumerateObject() ?? default)
        {
            if (member.NameEquals("final_checkpoint"))
            {
                faults.Require(member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null, "payload.final_checkpoint", "must be true or false");
            }
            else if (!member.NameEquals("reason"))
            {
                faults.Add("payload", "must have no members but reason and final_checkpoint for terminate");
            }
        }
    }

    private static void CheckTune(ref Faults faults, JsonElement? payload, TunableSet tunables)
    {
        var count = 0;
        foreach (var member in payload?.EnumerateObject() ?? default)
        {
            if (member.NameEquals("notes"))
            {
                faults.Require(
                    member.Value.ValueKind == JsonValueKind.Null || (member.Value.ValueKind == JsonValueKind.String && member.Value.GetString()!.Length <= MaxNotes),
                    "payload.notes",
                    $"must be text of up to {MaxNotes} characters");
                continue;
            }

            count++;
            if (!tunables.TryGet(member.Name, out var tunable))
            {
                faults.Add($"payload.{member.Name}", "is no tunable of this server, which has " + Names(tunables));
            }
            else if (member.Value.ValueKind != JsonValueKind.Number || !IsAccepted(tunable, member.Value.GetDouble()))
            {
                faults.Add($"payload.{member.Name}", $"must be {tunable.Rule}");
            }
        }

        faults.Require(count > 0, "payload", "must set at least one tunable, of " + Names(tunables));
    }

    private static string Names(TunableSet tunables) => tunables.Count == 0 ? "none" : string.Join(", ", tunables.Select(tunable => tunable.Name).Order(StringComparer.Ordinal));

    /// <summary>Numbers too large for a double read as infinity, which no run can be tuned to.</summary>
    private static bool IsAccepted(Tunable tunable, double value) => double.IsFinite(value) && tunable.Accepts(value);
}
