using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

/// <summary>
/// Copies a piece of a matrix into panels: <c>width</c> vectors side by side, one element of each per step of depth, which
/// is the order in which the micro-kernel reads. Missing vectors of the last panel are zeros.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Packs float32.</summary>
    /// <inheritdoc cref="Pack{TElement}"/>
    public static void Pack(float* source, int across, int along, int count, int depth, int width, float* destination) =>
        Pack((Float32*)source, across, along, count, depth, width, destination);

    /// <summary>Packs <paramref name="count"/> vectors of length <paramref name="depth"/>.</summary>
    /// <param name="source">First element.</param>
    /// <param name="across">Elements from vector to vector.</param>
    /// <param name="along">Elements from element to element of a vector.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="depth">Length of a vector.</param>
    /// <param name="width">Vectors in a panel.</param>
    /// <param name="destination">Panels, one after the other, in float32.</param>
    /// <typeparam name="TElement">How the matrix is stored.</typeparam>
    public static void Pack<TElement>(TElement* source, int across, int along, int count, int depth, int width, float* destination)
        where TElement : unmanaged, IPlainElement<TElement>
    {
        for (int first = 0; first < count; first += width)
        {
            int present = Math.Min(width, count - first);
            TElement* from = source + ((long)first * across);
            if (present < width)
            {
                new Span<float>(destination, width * depth).Clear();
            }

            if (across == 1)
            {
                CopyRows(from, along, present, depth, width, destination);
            }
            else
            {
                Transpose(from, across, along, present, depth, width, destination);
            }

            destination += width * depth;
        }
    }

    /// <summary>Packs a piece of a quantized matrix, a panel at a time by way of float32.</summary>
    /// <param name="b">The matrix.</param>
    /// <param name="k">First row.</param>
    /// <param name="column">First column.</param>
    /// <param name="depth">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="width">Columns in a panel.</param>
    /// <param name="destination">Panels, one after the other, in float32.</param>
    public static void PackQuantized(MatrixView b, int k, int column, int depth, int columns, int width, float* destination)
    {
        float* piece = stackalloc float[width * depth];
        for (int first = 0; first < columns; first += width, destination += width * depth)
        {
            int present = Math.Min(width, columns - first);
            if (b.RowStride == 1)
            {
                for (int i = 0; i < present; i++)
                {
                    Quantized8.Copy((Quantized8*)b.Line(column + first + i), k, piece + (i * depth), depth);
                }

                Pack(piece, depth, 1, present, depth, width, destination);
            }
            else
            {
                for (int i = 0; i < depth; i++)
                {
                    Quantized8.Copy((Quantized8*)b.Transposed.Line(k + i), column + first, piece + (i * width), present);
                }

                Pack(piece, 1, width, present, depth, width, destination);
            }
        }
    }

    private static void CopyRows<TElement>(TElement* source, int along, int present, int depth, int width, float* destination)
        where TElement : unmanaged, IPlainElement<TElement>
    {
        if (present == 32)
        {
            for (int k = 0; k < depth; k++, source += along, destination += width)
            {
                TElement.LoadRegister(source).Store(destination);
                TElement.LoadRegister(source + 16).Store(destination + 16);
            }

            return;
        }

        for (int k = 0; k < depth; k++, source += along, destination += width)
        {
            int i = 0;
            for (; i + 4 <= present; i += 4)
            {
                TElement.LoadFour(source + i).Store(destination + i);
            }

            for (; i < present; i++)
            {
                destination[i] = TElement.Load(source + i);
            }
        }
    }

    private static void Transpose<TElement>(
        TElement* source, int across, int along, int present, int depth, int width, float* destination)
        where TElement : unmanaged, IPlainElement<TElement>
    {
        int done = along == 1 ? present & ~3 : 0;
        for (int i = 0; i < done; i += 4)
        {
            TransposeFour(source + ((long)i * across), across, depth, width, destination + i);
        }

        for (int i = done; i < present; i++)
        {
            TElement* from = source + ((long)i * across);
            for (int k = 0; k < depth; k++)
            {
                destination[(k * width) + i] = TElement.Load(from + ((long)k * along));
            }
        }
    }

    private static void TransposeFour<TElement>(TElement* source, int across, int depth, int width, float* destination)
        where TElement : unmanaged, IPlainElement<TElement>
    {
        TElement* r0 = source;
        TElement* r1 = r0 + across;
        TElement* r2 = r1 + across;
        TElement* r3 = r2 + across;
        int k = 0;
        for (; k + 4 <= depth; k += 4)
        {
            TurnFour(
                TElement.LoadFour(r0 + k),
                TElement.LoadFour(r1 + k),
                TElement.LoadFour(r2 + k),
                TElement.LoadFour(r3 + k),
                destination + (k * width),
                width);
        }

        for (; k < depth; k++)
        {
            Vector128.Create(TElement.Load(r0 + k), TElement.Load(r1 + k), TElement.Load(r2 + k), TElement.Load(r3 + k))
                .Store(destination + (k * width));
        }
    }

    /// <summary>Writes the columns of four by four: the first of each register, then the second, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TurnFour(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, float* destination, int width)
    {
        if (!Sse.IsSupported)
        {
            for (int i = 0; i < 4; i++, destination += width)
            {
                Vector128.Create(x0[i], x1[i], x2[i], x3[i]).Store(destination);
            }

            return;
        }

        var low01 = Sse.UnpackLow(x0, x1);
        var low23 = Sse.UnpackLow(x2, x3);
        var high01 = Sse.UnpackHigh(x0, x1);
        var high23 = Sse.UnpackHigh(x2, x3);
        Sse.MoveLowToHigh(low01, low23).Store(destination);
        Sse.MoveHighToLow(low23, low01).Store(destination + width);
        Sse.MoveLowToHigh(high01, high23).Store(destination + (2 * width));
        Sse.MoveHighToLow(high23, high01).Store(destination + (3 * width));
    }
}
