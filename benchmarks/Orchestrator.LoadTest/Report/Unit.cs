using System.Globalization;

namespace Orchestrator.LoadTest.Report;

/// <summary>What a number counts, and how it is written.</summary>
internal sealed record Unit(string Name, string NumberFormat)
{
    public static readonly Unit PerSecond = new("/s", "N0");
    public static readonly Unit Milliseconds = new(" ms", "N2");
    public static readonly Unit Microseconds = new(" µs", "N2");
    public static readonly Unit Bytes = new(" B", "N0");
    public static readonly Unit Count = new("", "N0");
    public static readonly Unit Times = new(" ×", "N2");

    public string Format(double value) => value.ToString(NumberFormat, CultureInfo.InvariantCulture) + Name;
}
