using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using RlCore.Algebra;

namespace RlCore;

/// <summary>
/// What is said of a loss that is no number. A NaN among the inputs is refused by name and place; of inputs that are numbers, a result
/// that is too large for the caller's type.
/// </summary>
internal static class Finite
{
    /// <summary>Whether a loss and the gradients that go with it are numbers.</summary>
    public static bool Holds<T>(double loss, ReadOnlySpan<T> gradient)
        where T : unmanaged, INumber<T> => double.IsFinite(loss) && TensorPrimitives.IsFiniteAll(gradient);

    /// <summary>Refuses a NaN that counts.</summary>
    /// <param name="numbers">One per token of the mask, or one per row.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">A number is NaN; the message has its index.</exception>
    public static void RefuseNaN<T>(ReadOnlySpan<T> numbers, SequenceMask mask, string name)
        where T : unmanaged, INumber<T>
    {
        if (TensorPrimitives.IsNaNAny(numbers))
        {
            bool ofTokens = numbers.Length == mask.Flags.Length;
            for (int i = 0; i < numbers.Length; i++)
            {
                if (T.IsNaN(numbers[i]) && (ofTokens ? mask.Flags[i] : mask.CountInRow(i) > 0))
                {
                    throw Refused(numbers, i, ofTokens ? Place(i, mask) : $" (row {i})", name);
                }
            }
        }
    }

    /// <summary>Refuses a NaN in a list that counts as a whole.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">A number is NaN; the message has its index.</exception>
    public static void RefuseNaN<T>(ReadOnlySpan<T> numbers, string name)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            if (T.IsNaN(numbers[i]))
            {
                throw Refused(numbers, i, "", name);
            }
        }
    }

    /// <summary>Why the loss of a batch of tokens is no number.</summary>
    public static Exception Explain<TFormula, T>(TFormula formula, string[] names, ElementSpans<T> at, SequenceMask mask)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T>
    {
        for (int argument = 0; argument < names.Length; argument++)
        {
            RefuseNaN(Argument(at, argument), mask, names[argument]);
        }

        for (int i = 0; i < mask.Flags.Length; i++)
        {
            T[] of = [At(at, 0, i, mask), At(at, 1, i, mask), At(at, 2, i, mask), At(at, 3, i, mask), At(at, 4, i, mask)];
            if (mask.Flags[i] && !IsNumber(formula, of))
            {
                return TooLarge<T>(Place(i, mask), names.Zip(of));
            }
        }

        return new OverflowException($"The sum of the losses of {mask.Count} tokens is too large for a {typeof(T).Name}.");
    }

    /// <summary>Why the mean loss of a list is no number.</summary>
    public static Exception Explain<TFormula, T>(TFormula formula, string[] names, ElementSpans<T> at)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T> => Explain(formula, names, at, SequenceMask.Full(1, at.Variable.Length));

    /// <summary>Why the mean loss of pairs is no number.</summary>
    public static Exception Explain<TTerm, T>(TTerm term, string[] names, PairData<T> pairs)
        where TTerm : struct, IPairTerm
        where T : unmanaged, INumber<T>
    {
        RefuseNaN(pairs.Chosen, names[0]);
        RefuseNaN(pairs.Rejected, names[1]);
        RefuseNaN(pairs.ChosenReference, names[2]);
        RefuseNaN(pairs.RejectedReference, names[3]);
        for (int i = 0; i < pairs.Chosen.Length; i++)
        {
            T[] of = [pairs.Chosen[i], pairs.Rejected[i], pairs.ChosenReference[i], pairs.RejectedReference[i]];
            var (toChosen, toRejected) = (new T[1], new T[1]);
            PairSums sums = Fused.PairSum<TTerm, T>(
                term, new(of.AsSpan(0, 1), of.AsSpan(1, 1), of.AsSpan(2, 1), of.AsSpan(3, 1)), 1, default, toChosen, toRejected);
            if (!double.IsFinite(sums.Loss) || !T.IsFinite(toChosen[0]) || !T.IsFinite(toRejected[0]))
            {
                return TooLarge<T>($" of pair {i}", names.Zip(of));
            }
        }

        return new OverflowException($"The sum of the losses of {pairs.Chosen.Length} pairs is too large for a {typeof(T).Name}.");
    }

    /// <summary>Of what a number is too large.</summary>
    public static Exception TooLarge<T>(string place, IEnumerable<(string Name, T Value)> inputs)
    {
        string numbers = string.Join(
            ", ", inputs.Select(input => string.Create(CultureInfo.InvariantCulture, $"{input.Name} {input.Value}")));
        return new OverflowException(
            $"The loss{place} or its gradient is too large for a {typeof(T).Name}: {numbers}. Ratios are exponentials of differences of "
                + "log-probs: check that both are of the same tokens, or bound the ratio (a clip, a cap, LogRatioClamp).");
    }

    private static bool IsNumber<TFormula, T>(TFormula formula, T[] of)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T>
    {
        T[] gradient = new T[1];
        var one = new ElementSpans<T>(of.AsSpan(0, 1), of.AsSpan(1, 1), of.AsSpan(2, 1), of.AsSpan(3, 1), of.AsSpan(4, 1));
        return double.IsFinite(Fused.WeightedSum(formula, one, default, 1, default, gradient)) && T.IsFinite(gradient[0]);
    }

    private static T At<T>(ElementSpans<T> at, int argument, int token, SequenceMask mask)
    {
        ReadOnlySpan<T> numbers = Argument(at, argument);
        return numbers[numbers.Length == mask.Flags.Length ? token : token / mask.Columns];
    }

    private static ReadOnlySpan<T> Argument<T>(ElementSpans<T> at, int argument) => argument switch
    {
        0 => at.Variable,
        1 => at.First,
        2 => at.Second,
        3 => at.Third,
        _ => at.Fourth,
    };

    private static string Place(int token, SequenceMask mask) => $" at row {token / mask.Columns}, column {token % mask.Columns}";

    private static ArgumentException Refused<T>(ReadOnlySpan<T> numbers, int index, string place, string name) =>
        new($"{name}[{index}]{place} is {numbers[index]}: a loss of it would be no number. Where it does not count, mask it.", name);
}
