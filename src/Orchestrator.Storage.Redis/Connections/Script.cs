using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Storage.Redis.Connections;

/// <summary>A script of this package: the text that the server runs, and the digest that it is called by.</summary>
internal sealed class Script
{
    private static readonly string Layout = Read("layout");

    private Script(string name)
    {
        Name = name;
        Text = Layout + Read(name);
#pragma warning disable CA5350 // The server names scripts by their SHA-1: https://redis.io/docs/latest/commands/evalsha/
        Digest = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350
    }

    public static Script Heartbeats { get; } = new("heartbeats");

    public static Script Changes { get; } = new("changes");

    public static Script Load { get; } = new("load");

    public static Script Index { get; } = new("index");

    public static Script Due { get; } = new("due");

    public static Script Counts { get; } = new("counts");

    public static Script Feed { get; } = new("feed");

    public static Script Events { get; } = new("events");

    public static Script Purge { get; } = new("purge");

    public static Script Note { get; } = new("note");

    public static Script Reserve { get; } = new("reserve");

    public static Script Bar { get; } = new("bar");

    public static Script Release { get; } = new("release");

    public static Script Clock { get; } = new("clock");

    /// <summary>The name of its file.</summary>
    public string Name { get; }

    public string Text { get; }

    public byte[] Digest { get; }

    private static string Read(string name)
    {
        using var file = typeof(Script).Assembly.GetManifestResourceStream(name + ".lua")!;
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
