using System.Diagnostics;
using System.Globalization;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Machine;

namespace Orchestrator.Storage.Redis.Tests.Faults.Servers;

/// <summary>A Redis that the tests stop, kill and starve. It is always started again at the same port, with what it had written.</summary>
public sealed class RedisNode : IFaultServer, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-faults.");
    private readonly string[] _settings;
    private Process? _server;

    /// <summary>One that has written whatever it acknowledges.</summary>
    public RedisNode()
        : this("--appendfsync", "always")
    {
    }

    /// <param name="settings">Settings of the server.</param>
    internal RedisNode(params string[] settings) => _settings = settings;

    public int Port { get; } = Ports.Free();

    /// <summary>How to connect to it.</summary>
    public string Configuration => "127.0.0.1:" + Port.ToString(CultureInfo.InvariantCulture);

    public FaultSpace NewSpace() => new RedisFaultSpace(Configuration);

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts the server, and waits until it has loaded what it had written.</summary>
    public async Task StartAsync() => await Eventually.HoldsAsync("the server answers", async () =>
    {
        if (_server is null or { HasExited: true })
        {
            Launch();
        }

        return await TellAsync("PING") == "PONG";
    });

    /// <summary>Starts the server, and does not wait until it answers.</summary>
    public void Launch()
    {
        _server?.Dispose();
        _server = Process.Start(new ProcessStartInfo(
            Repository.Find("eng/redis.sh"), ["run", _folder.FullName, Port.ToString(CultureInfo.InvariantCulture), .. _settings]));
    }

    /// <summary>Ends the server in order. It is told again, because one that writes its first append-only file refuses to end.</summary>
    public Task StopAtOnceAsync() => Eventually.HoldsAsync("the server has ended", async () =>
    {
        if (!_server!.HasExited)
        {
            await ProcessTable.SignalAsync("TERM", [_server.Id]);
        }

        return _server.HasExited;
    });

    public async Task KillAsync()
    {
        await ProcessTable.SignalAsync("KILL", [_server!.Id]);
        await _server.WaitForExitAsync().WaitAsync(Eventually.Patience);
    }

    /// <summary>Lets the server do nothing, with its connections open, until it is resumed.</summary>
    public Task SuspendAsync() => ProcessTable.SignalAsync("STOP", [_server!.Id]);

    public Task ResumeAsync() => ProcessTable.SignalAsync("CONT", [_server!.Id]);

    /// <summary>Gives a command to the server, as an operator does.</summary>
    /// <returns>What it answers; nothing while it is away.</returns>
    public async Task<string> TellAsync(params string[] command)
    {
        using var client = RedisPrograms.Start("redis-cli", ["-p", Port.ToString(CultureInfo.InvariantCulture), .. command]);
        var answer = await client.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Patience);
        return answer.Trim();
    }

    /// <summary>Gives a command that must be carried out.</summary>
    public async Task DoAsync(params string[] command) => Assert.Equal("OK", await TellAsync(command));

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await KillAsync();
        }

        _server?.Dispose();
        _folder.Delete(recursive: true);
    }
}
