using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>Fisher's irises: 150 plants of three species, four measurements each. See <c>Data/PROVENANCE.md</c>.</summary>
public static class IrisData
{
    private const string Resource = "Data.iris.csv";
    private const string Header = "sepal_length,sepal_width,petal_length,petal_width,species";

    /// <summary>The names of the classes; a sample's label is an index into them.</summary>
    public static ImmutableArray<string> Species { get; } = ["setosa", "versicolor", "virginica"];

    /// <summary>Reads every plant, measurements in centimetres, in the order of the article.</summary>
    /// <exception cref="InvalidDataException">The embedded file is missing or not the expected table.</exception>
    public static ImmutableArray<Sample> Load()
    {
        using var reader = new StreamReader(Open());
        if (reader.ReadLine() != Header)
        {
            throw new InvalidDataException($"{Resource} does not begin with '{Header}'.");
        }

        var samples = ImmutableArray.CreateBuilder<Sample>();
        while (reader.ReadLine() is { } row)
        {
            samples.Add(Parse(row));
        }

        return samples.ToImmutable();
    }

    /// <summary>Opens the embedded file as it is in the repository, byte for byte.</summary>
    /// <exception cref="InvalidDataException">The file is not embedded in the assembly.</exception>
    public static Stream Open() =>
        typeof(IrisData).Assembly.GetManifestResourceStream(typeof(IrisData), Resource)
        ?? throw new InvalidDataException($"{Resource} is not embedded in {typeof(IrisData).Assembly.GetName().Name}.");

    private static Sample Parse(string row)
    {
        var cells = row.Split(',');
        var label = Species.IndexOf(cells[^1]);
        if (cells.Length != 5 || label < 0)
        {
            throw new InvalidDataException($"'{row}' is not four measurements and a species.");
        }

        return new Sample([.. cells[..^1].Select(Centimetres)], label);
    }

    private static double Centimetres(string cell) =>
        double.TryParse(cell, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException($"'{cell}' is not a measurement.");
}
