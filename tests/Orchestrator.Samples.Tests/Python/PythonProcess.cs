using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>The Python sample, run by the machine's Python as a process of its own.</summary>
internal static class PythonProcess
{
    public static string Folder { get; } = PathOf("samples/python");

    /// <summary>Starts <c>train.py</c> with short intervals.</summary>
    public static SampleProcess Train(Uri api, string[] args, params (string Name, string Value)[] environment) =>
        Start([Path.Combine(Folder, "train.py"), "--url", new Uri(api, "api/v1").ToString(), "--interval", "0.05", "--timeout", "10", .. args], environment);

    /// <summary>Starts a program that has the <c>url</c> of an API, and <c>options</c> with a short interval.</summary>
    public static SampleProcess Start(Uri api, string program) => Start(["-c", string.Create(
        CultureInfo.InvariantCulture,
        $"import time\nimport orchestrator\nurl, options = '{api}', orchestrator.Options(interval=0.05)\n{program}")]);

    public static SampleProcess Start(string[] args, params (string Name, string Value)[] environment)
    {
        try
        {
            return SampleProcess.Start(Describe(args, environment));
        }
        catch (Win32Exception fault)
        {
            throw new InvalidOperationException("python3 (3.9 or later) is missing; on Debian: apt-get install python3. eng/test.sh does so as root.", fault);
        }
    }

    /// <summary>How Python is started, without settings of this machine.</summary>
    public static ProcessStartInfo Describe(string[] args, params (string Name, string Value)[] environment)
    {
        // -B: nothing is written beside the sample; -u: a line is there as soon as it is printed.
        var start = new ProcessStartInfo("python3", ["-B", "-u", .. args]) { WorkingDirectory = Folder };
        foreach (var name in new[] { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "PYTHONPATH", "ORCHESTRATOR_TOKEN" })
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Where a file or folder of the repository is.</summary>
    public static string PathOf(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository is not above the tests.");
        }

        return Path.Combine(folder.FullName, path);
    }
}
