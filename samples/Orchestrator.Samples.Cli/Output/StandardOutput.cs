using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>
/// The standard output. The .NET libraries pass over a pipe that nobody reads from any more, so that whoever follows events into
/// <c>head</c> would write to nobody for ever; here the next write fails.
/// </summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    public static TextWriter Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.Out;
        }

        var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // A file that others write to, too, is only safe with the place that the system keeps for all of them.
        return stream.CanSeek ? Console.Out : new StreamWriter(stream) { AutoFlush = true };
    }
}
