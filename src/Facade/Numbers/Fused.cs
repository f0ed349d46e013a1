using System.Numerics;
using System.Runtime.InteropServices;
using RlCore.Algebra;

namespace RlCore;

/// <summary>The fused kernels for whichever of float and double the caller has.</summary>
internal static class Fused
{
    public static double WeightedSum<TFormula, T>(
        TFormula formula, ElementSpans<T> at, ReadOnlySpan<bool> mask, double weight, Span<T> values, Span<T> gradient)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T> => typeof(T) == typeof(float)
            ? FusedKernels.WeightedSum(
                formula,
                Floats(at.Variable),
                Floats(at.First),
                Floats(at.Second),
                Floats(at.Third),
                Floats(at.Fourth),
                mask,
                weight,
                Floats(values),
                Floats(gradient))
            : FusedKernels.WeightedSum(
                formula,
                Doubles(at.Variable),
                Doubles(at.First),
                Doubles(at.Second),
                Doubles(at.Third),
                Doubles(at.Fourth),
                mask,
                weight,
                Doubles(values),
                Doubles(gradient));

    public static PairSums PairSum<TTerm, T>(
        TTerm term, PairData<T> pairs, double weight, Span<T> values, Span<T> chosen, Span<T> rejected)
        where TTerm : struct, IPairTerm
        where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float)
            ? FusedKernels.PairSum(
                term,
                Floats(pairs.Chosen),
                Floats(pairs.Rejected),
                Floats(pairs.ChosenReference),
                Floats(pairs.RejectedReference),
                weight,
                Floats(values),
                Floats(chosen),
                Floats(rejected))
            : FusedKernels.PairSum(
                term,
                Doubles(pairs.Chosen),
                Doubles(pairs.Rejected),
                Doubles(pairs.ChosenReference),
                Doubles(pairs.RejectedReference),
                weight,
                Doubles(values),
                Doubles(chosen),
                Doubles(rejected));

    /// <summary>The numbers as doubles: themselves if they are, else a converted copy.</summary>
    public static ReadOnlySpan<double> Widen<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(double))
        {
            return MemoryMarshal.Cast<T, double>(numbers);
        }

        var wide = new double[numbers.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(numbers, wide.AsSpan());
        return wide;
    }

    /// <summary>Doubles as the caller's type: the array itself if it is of it.</summary>
    public static Values<T> Narrow<T>(double[] numbers)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(double))
        {
            return new((T[])(object)numbers);
        }

        var narrow = new T[numbers.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<double, T>(numbers, narrow);
        return new(narrow);
    }

    /// <summary>Throws unless T is float or double.</summary>
    public static void CheckNumber<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new ArgumentException($"Losses run on float or double, but the numbers are {typeof(T).Name}.");
        }
    }

    private static ReadOnlySpan<float> Floats<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged => MemoryMarshal.Cast<T, float>(numbers);

    private static Span<float> Floats<T>(Span<T> numbers)
        where T : unmanaged => MemoryMarshal.Cast<T, float>(numbers);

    private static ReadOnlySpan<double> Doubles<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged => MemoryMarshal.Cast<T, double>(numbers);

    private static Span<double> Doubles<T>(Span<T> numbers)
        where T : unmanaged => MemoryMarshal.Cast<T, double>(numbers);
}

/// <summary>Log-probs of pairs.</summary>
internal readonly ref struct PairData<T>(
    ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected, ReadOnlySpan<T> chosenReference, ReadOnlySpan<T> rejectedReference)
{
    public ReadOnlySpan<T> Chosen { get; } = chosen;

    public ReadOnlySpan<T> Rejected { get; } = rejected;

    public ReadOnlySpan<T> ChosenReference { get; } = chosenReference;

    public ReadOnlySpan<T> RejectedReference { get; } = rejectedReference;
}
