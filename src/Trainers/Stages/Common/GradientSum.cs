using System.Buffers;
using RlCore.Engines;

namespace RlCore.Trainers.Stages;

/// <summary>The sum of gradients over processes.</summary>
internal static class GradientSum
{
    /// <summary>Numbers that are added up at once: they and half as many again are held beside the gradients.</summary>
    internal const int PieceFloats = 1 << 18;

    /// <summary>
    /// Adds up the gradients of parameters over the processes, by a fixed tree and in pieces. A parameter that nothing has flowed to in one
    /// process leaves the sum of the others as it is, and stays without a gradient where that holds for all.
    /// </summary>
    /// <param name="engine">The parameters' engine.</param>
    /// <param name="parameters">The same in all processes.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static void OverProcesses<T>(IEngine<T> engine, IReadOnlyList<NamedParameter<T>> parameters)
        where T : struct, ITensor<T>
    {
        if (engine.Parallel.IsAlone)
        {
            return;
        }

        IProcessGroup group = engine.Parallel.Group;
        bool[] mine = [.. parameters.Select(parameter => engine.HasGradient(parameter.Value))];
        byte[] any = [.. mine.Select(has => has ? (byte)1 : (byte)0)];
        group.Or(any);
        var pieces = new List<Piece>();
        int filled = 0;
        int total = (int)Math.Min(
            PieceFloats,
            parameters.Where((_, i) => any[i] != 0).Sum(parameter => (long)parameter.Value.Rows * parameter.Value.Columns));
        float[] values = ArrayPool<float>.Shared.Rent(total), scratch = ArrayPool<float>.Shared.Rent((total + 1) / 2);
        void Flush()
        {
            group.Sum(values.AsSpan(0, filled), scratch);
            foreach (Piece piece in pieces)
            {
                engine.WriteGradient(parameters[piece.Parameter].Value, piece.First, values.AsSpan(piece.Place, piece.Count));
            }

            pieces.Clear();
            filled = 0;
        }

        for (int i = 0; i < parameters.Count; i++)
        {
            T parameter = parameters[i].Value;
            int length = any[i] == 0 ? 0 : parameter.Rows * parameter.Columns;
            for (int first = 0; first < length;)
            {
                int count = Math.Min(length - first, total - filled);
                Span<float> place = values.AsSpan(filled, count);
                if (mine[i])
                {
                    engine.ReadGradient(parameter, first, place);
                }
                else
                {
                    place.Fill(-0f); // x + −0 has the bits of x, whatever x is.
                }

                pieces.Add(new Piece(i, first, filled, count));
                filled += count;
                first += count;
                if (filled == total)
                {
                    Flush();
                }
            }
        }

        if (filled > 0)
        {
            Flush();
        }

        ArrayPool<float>.Shared.Return(values);
        ArrayPool<float>.Shared.Return(scratch);
    }

    private readonly record struct Piece(int Parameter, int First, int Place, int Count);
}
