using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>Parameters, or pieces of large ones, of one weight decay that are updated in one call.</summary>
internal sealed class UpdateGroup : IDisposable
{
    private readonly List<Piece> _pieces = [];
    private readonly List<Tensor> _masters = [];
    private readonly List<Tensor> _first = [];
    private readonly List<Tensor> _second = [];

    private UpdateGroup(bool decays) => Decays = decays;

    /// <summary>Whether weight decay applies.</summary>
    public bool Decays { get; }

    /// <summary>Covers all parameters by groups of at most so many elements.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="first">Their first moments.</param>
    /// <param name="second">Their second moments.</param>
    /// <param name="limit">Most elements of a group.</param>
    public static List<UpdateGroup> Split(IReadOnlyList<NamedParameter<TorchTensor>> parameters, Tensor[] first, Tensor[] second, int limit)
    {
        var groups = new List<UpdateGroup>();
        foreach (bool decays in (bool[])[true, false])
        {
            long room = 0;
            foreach (int i in Enumerable.Range(0, parameters.Count).Where(i => parameters[i].Decays == decays))
            {
                Tensor master = parameters[i].Value.Slot!.Master;
                long size = master.NumberOfElements;
                for (long start = 0; start < size;)
                {
                    if (room == 0)
                    {
                        groups.Add(new UpdateGroup(decays));
                        room = limit;
                    }

                    long count = Math.Min(room, size - start);
                    groups[^1].Add(new Piece(i, start, count), master, first[i], second[i]);
                    start += count;
                    room -= count;
                }
            }
        }

        return groups;
    }

    /// <summary>Parameters, gradients, first and second moments of the group.</summary>
    /// <param name="gradients">The gradients of all parameters.</param>
    public Tensor[][] With(Tensor[] gradients) =>
        [[.. _masters], [.. _pieces.Select(piece => piece.Of(gradients[piece.Parameter]))], [.. _first], [.. _second]];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor view in (Tensor[])[.. _masters, .. _first, .. _second])
        {
            view.Dispose();
        }
    }

    private void Add(Piece piece, Tensor master, Tensor first, Tensor second)
    {
        using DisposeScope scope = NewDisposeScope();
        _pieces.Add(piece);
        _masters.Add(piece.Of(master.detach()).DetachFromDisposeScope());
        _first.Add(piece.Of(first).DetachFromDisposeScope());
        _second.Add(piece.Of(second).DetachFromDisposeScope());
    }

    /// <summary>Consecutive elements of one parameter.</summary>
    private readonly record struct Piece(int Parameter, long Start, long Count)
    {
        public Tensor Of(Tensor whole) => whole.reshape(-1).narrow(0, Start, Count);
    }
}
