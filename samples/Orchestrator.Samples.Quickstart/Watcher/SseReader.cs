using System.Runtime.CompilerServices;

namespace Orchestrator.Samples.Quickstart.Watcher;

/// <summary>Reads server-sent events (HTML standard, section 9.2): lines of fields, and an empty line behind each event.</summary>
public static class SseReader
{
    /// <summary>Reads events until the stream ends. An event that the end cuts off is dropped: it comes again after a resume.</summary>
    public static async IAsyncEnumerable<ServerSentEvent> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var (type, id, data) = ("message", (string?)null, new List<string>());
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                if (data.Count > 0)
                {
                    yield return new ServerSentEvent(type, id, string.Join('\n', data));
                }

                (type, id, data) = ("message", null, []);
                continue;
            }

            var (name, value) = Field(line);
            switch (name)
            {
                case "event":
                    type = value;
                    break;
                case "id":
                    id = value;
                    break;
                case "data":
                    data.Add(value);
                    break;
            }
        }
    }

    /// <summary>A comment begins with a colon, so that its field has no name.</summary>
    private static (string Name, string Value) Field(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (line, "");
        }

        var value = line[(colon + 1)..];
        return (line[..colon], value.StartsWith(' ') ? value[1..] : value);
    }
}
