using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Orchestrator.AspNetCore.Http;

/// <summary>Reads a query string, and gathers what is wrong with it.</summary>
internal static class Query
{
    private const int LongestWait = 60;

    /// <summary>The size of a page of what belongs to a run, at most and by default.</summary>
    private const int DefaultPage = 1_000;

    /// <summary>The refusal that names the parameters which are not known; <see langword="null"/> where all are. Names that begin with <c>_</c> are the caller's own.</summary>
    public static Refusal? FindUnknown(HttpRequest request, IReadOnlySet<string> known)
    {
        if (!request.QueryString.HasValue)
        {
            return null;
        }

        var faults = new Faults();
        foreach (var (name, _) in request.Query)
        {
            if (!known.Contains(name) && !name.StartsWith('_'))
            {
                faults.Add(name, "is unknown");
            }
        }

        return faults.ToRefusal();
    }

    /// <summary>A parameter that may be given once; <see langword="null"/> when it is absent.</summary>
    public static string? Single(HttpRequest request, string name, ref Faults faults)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue(name, out var values))
        {
            return null;
        }

        if (values.Count > 1)
        {
            faults.Add(name, "must be given once");
        }

        return values[0] ?? "";
    }

    /// <summary>A parameter that may be given any number of times.</summary>
    public static StringValues All(HttpRequest request, string name) => request.QueryString.HasValue ? request.Query[name] : StringValues.Empty;

    public static int? Integer(HttpRequest request, string name, ref Faults faults)
    {
        if (Single(request, name, ref faults) is not { } text)
        {
            return null;
        }

        // Also 3.0 and 1e3: some callers have no other form for an integer.
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            || number != decimal.Truncate(number)
            || number is < int.MinValue or > int.MaxValue)
        {
            faults.Add(name, "must be an integer");
            return 0;
        }

        return (int)number;
    }

    /// <summary>How long to wait, in seconds. Text that is no number of them becomes a wait that no rule allows, so that every fault is listed at once.</summary>
    public static TimeSpan Wait(HttpRequest request, ref Faults faults)
    {
        if (Single(request, "wait", ref faults) is not { } text)
        {
            return TimeSpan.Zero;
        }

        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestWait
            ? new TimeSpan((long)(seconds * TimeSpan.TicksPerSecond))
            : TimeSpan.MaxValue;
    }

    public static DateTimeOffset? Time(HttpRequest request, string name, ref Faults faults)
    {
        if (Single(request, name, ref faults) is not { } text)
        {
            return null;
        }

        if (!Rfc3339.TryParse(text, out var time))
        {
            faults.Add(name, Faults.Time);
        }

        return time;
    }

    /// <summary>Which page of a list is asked for. Text that is no order becomes one that no rule allows.</summary>
    public static PageRequest Page(HttpRequest request, ref Faults faults)
    {
        var order = Single(request, "order", ref faults);
        return new PageRequest
        {
            Limit = Limit(request, DefaultPage, DefaultPage, ref faults),
            Cursor = Single(request, "cursor", ref faults),
            Order = order is null ? ListOrder.Ascending : ListOrders.TryParse(order, out var known) ? known : (ListOrder)(-1),
        };
    }

    /// <summary>How many items are read of those that are asked for: one, where only the headers are sent.</summary>
    public static int Limit(HttpRequest request, int byDefault, int most, ref Faults faults)
    {
        var limit = Integer(request, "limit", ref faults) ?? byDefault;
        return HttpMethods.IsHead(request.Method) && limit >= 1 && limit <= most ? 1 : limit;
    }

    /// <summary>Whether a parameter is given with the one value that it has.</summary>
    public static bool Switch(HttpRequest request, string name, string value, ref Faults faults)
    {
        var given = Single(request, name, ref faults);
        if (given is not null && given != value)
        {
            faults.Add(name, $"must be {value}");
        }

        return given == value;
    }

    /// <summary>How much of a run is asked for, as far as it is sent.</summary>
    public static RunDetail Detail(HttpRequest request, ref Faults faults) =>
        Switch(request, "include", "manifest", ref faults) && !HttpMethods.IsHead(request.Method) ? RunDetail.Full : RunDetail.Summary;
}
