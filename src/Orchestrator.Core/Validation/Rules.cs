using System.Text.Json;

namespace Orchestrator.Core.Validation;

/// <summary>The rules that members of several requests share, each with the words in which it is refused.</summary>
internal static class Rules
{
    /// <summary>2^53−1, the largest integer that every JSON reader keeps exactly.</summary>
    public const long MaxInteger = 9_007_199_254_740_991;

    public const string Id = "must be an id: 1 to 128 characters of A-Z a-z 0-9 . _ -";

    /// <summary>Text without NUL and lone surrogates, which not every store can keep.</summary>
    public static void Text(ref Faults faults, string member, string? text, int max, bool required = false)
    {
        if (string.IsNullOrEmpty(text))
        {
            if (required)
            {
                faults.Add(member, $"is required: 1 to {max} characters");
            }
        }
        else if (text.Length > max)
        {
            faults.Add(member, $"must not be longer than {max} characters");
        }
        else if (!IsStorable(text))
        {
            faults.Add(member, "must not contain NUL or half a surrogate pair");
        }
    }

    public static void Counter(ref Faults faults, string member, long? value, bool required = false)
    {
        if (value is not { } number)
        {
            faults.Require(!required, member, "is required");
        }
        else
        {
            faults.Require(number is >= 0 and <= MaxInteger, member, "must be from 0 to 2^53-1");
        }
    }

    public static void Throughput(ref Faults faults, string member, double? value) =>
        faults.Require(!(value < 0) || double.IsInfinity(value.Value), member, "must not be negative");

    /// <summary>A time; the default value is none.</summary>
    public static void Time(ref Faults faults, string member, DateTimeOffset? time) =>
        faults.Require(time != default(DateTimeOffset), member, "must be an RFC 3339 date and time");

    /// <summary>Who acts: the request names it, or the caller is authenticated.</summary>
    public static void Actor(ref Faults faults, Actor? actor, CallContext context)
    {
        if (actor is null)
        {
            faults.Require(context.Principal is not null, "actor", "is required");
            return;
        }

        faults.Require(Enum.IsDefined(actor.Type), "actor.type", "must be one of operator, system");
        Text(ref faults, "actor.id", actor.Id, 256, required: true);
    }

    public static void IdempotencyKey(ref Faults faults, CallContext context) =>
        faults.Require(
            context.IdempotencyKey is not { } key || (key.Length is >= 1 and <= 128 && key.All(c => c is >= '!' and <= '~')),
            "Idempotency-Key",
            "must be 1 to 128 visible ASCII characters");

    public static void ClaimId(ref Faults faults, string? claimId) => Text(ref faults, "claim_id", claimId, 128);

    public static void Wait(ref Faults faults, TimeSpan wait) =>
        faults.Require(wait >= TimeSpan.Zero && wait <= TimeSpan.FromSeconds(60), "wait", "must be from 0 to 60 seconds");

    public static void Labels(ref Faults faults, string member, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count > 64)
        {
            faults.Add(member, "must be at most 64");
            return;
        }

        foreach (var (key, value) in labels)
        {
            if (key.Length is 0 or > 63 || key.Contains(':') || !IsStorable(key))
            {
                faults.Add(member, "must have keys of 1 to 63 characters without ':'");
            }

            if (value is null || value.Length > 256 || !IsStorable(value))
            {
                faults.Add(member, "must have values of up to 256 characters");
            }
        }
    }

    public static void Metrics(ref Faults faults, string member, IReadOnlyDictionary<string, double>? metrics)
    {
        if (metrics is not null)
        {
            faults.Require(metrics.Count <= 64, member, "must be at most 64");
            faults.Require(metrics.Keys.All(IsStorable), member, "must have names without NUL");
        }
    }

    public static void JsonObject(ref Faults faults, string member, JsonElement? value) =>
        faults.Require(value is not { } json || (json.ValueKind == JsonValueKind.Object && IsStorable(json)), member, "must be a JSON object, without NUL characters and with each member once");

    public static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\0' || char.IsLowSurrogate(c) || (char.IsHighSurrogate(c) && (++i == text.Length || !char.IsLowSurrogate(text[i]))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether every text in the value can be kept by every store.</summary>
    public static bool IsStorable(JsonElement json)
    {
        try
        {
            return HoldsStorableText(json);
        }
        catch (InvalidOperationException)
        {
            // The reader lets escaped halves of surrogate pairs pass and throws when the text is taken.
            return false;
        }
    }

    private static bool HoldsEachMemberOnce(JsonElement json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return json.EnumerateObject().All(member => names.Add(member.Name));
    }

    private static bool HoldsStorableText(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => HoldsEachMemberOnce(json) && json.EnumerateObject().All(member => IsStorable(member.Name) && HoldsStorableText(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().All(HoldsStorableText),
        JsonValueKind.String => json.GetString() is { } text && IsStorable(text),
        _ => true,
    };
}
