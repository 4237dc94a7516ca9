using System.Diagnostics;
using System.Threading.Channels;

namespace Orchestrator.Samples.Tests.Processes;

/// <summary>A sample as its users run it: a process of its own. Killed at the latest when the test ends.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>();
    private readonly List<string> _seen = [];
    private readonly Task<string> _errors;
    private readonly Task _reading;

    private SampleProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    /// <summary>What it has written, as far as it was waited for.</summary>
    public string Output => string.Join('\n', _seen);

    public static SampleProcess Start(string sample, params string[] args) => Start(Describe(sample, sample, args));

    /// <summary>How a sample is started.</summary>
    /// <param name="sample">Its project.</param>
    /// <param name="assembly">Its assembly.</param>
    /// <param name="args">Its arguments.</param>
    public static ProcessStartInfo Describe(string sample, string assembly, params string[] args)
    {
        // Every project builds into its own folder beside ours, in the same configuration.
        var ours = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var folder = Path.Combine(ours.Parent!.Parent!.FullName, sample, ours.Name);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(folder, assembly + ".dll"), .. args])
        {
            WorkingDirectory = folder,
        };
        start.Environment.Remove("ASPNETCORE_URLS");
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        return start;
    }

    public static SampleProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        return new SampleProcess(Process.Start(start)!);
    }

    /// <summary>Waits for a line that has a text in it.</summary>
    public async Task<string> LineAsync(string part)
    {
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            while (await _output.Reader.WaitToReadAsync(bound.Token))
            {
                var line = await _output.Reader.ReadAsync(bound.Token);
                _seen.Add(line);
                if (line.Contains(part, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No line with '{part}' in time, only:\n{Output}");
        }

        throw new InvalidOperationException($"It ended without a line with '{part}':\n{Output}\n{await _errors}");
    }

    /// <summary>Writes a line to its standard input.</summary>
    public Task WriteLineAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Asks it to end, as a service manager does.</summary>
    public void Terminate() => Signal("TERM");

    public void Signal(string name) => Send(name, _process.Id);

    /// <summary>Sends a signal to its whole process group, which it must lead (<c>setsid</c>).</summary>
    public void SignalGroup(string name) => Send(name, -_process.Id);

    /// <summary>Ends it at once, in the midst of whatever it does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits until it has ended.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Bound);
        await _reading;
        while (_output.Reader.TryRead(out var line))
        {
            _seen.Add(line);
        }

        return (_process.ExitCode, Output, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static void Send(string name, int id)
    {
        using var kill = Process.Start("kill", ["-" + name, "--", id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _output.Writer.TryWrite(line);
        }

        _output.Writer.Complete();
    }
}
