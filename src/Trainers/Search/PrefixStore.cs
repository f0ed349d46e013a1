using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Search;

/// <summary>
/// Keys and values of what a model has read, by thought, so that all that continue a thought go on from there. Where there is no room, what
/// was not used for longest is forgotten.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PrefixStore<T> : IDisposable
    where T : struct, ITensor<T>
{
    private const int FirstRows = 64;

    private readonly ILanguageModel<T> _model;
    private readonly int _capacity;
    private readonly int _most;
    private readonly List<Held> _held = [];
    private readonly Dictionary<Thought, Held> _byThought = [];
    private IKeyValueCache _rows;
    private int _room;
    private long _clock;

    /// <summary>An empty store.</summary>
    /// <param name="model">The model.</param>
    /// <param name="capacity">Tokens of a row.</param>
    /// <param name="most">Rows at most, at least 1; 0 to hold nothing.</param>
    public PrefixStore(ILanguageModel<T> model, int capacity, int most)
    {
        (_model, _capacity, _most) = (model, capacity, most);
        _room = Math.Min(FirstRows, most) + 1;
        _rows = Empty(_room);
    }

    /// <summary>Begins to use what is held: what is found from now on is not forgotten before the next time.</summary>
    public void Begin() => _clock++;

    /// <summary>The longest held beginning of a thought.</summary>
    /// <param name="thought">The thought.</param>
    /// <param name="most">Tokens at most that it may have.</param>
    /// <returns>Its row, and its tokens; row 0 holds none.</returns>
    public (int Row, int Length) Find(Thought thought, int most)
    {
        for (Thought? one = thought; one is not null; one = one.Parent)
        {
            if (_byThought.TryGetValue(one, out Held? held) && held.Length <= most && one.Begins(thought))
            {
                held.Used = _clock;
                return (held.Row, held.Length);
            }
        }

        return (0, 0);
    }

    /// <summary>A cache that begins with rows of this one.</summary>
    /// <param name="rows">The rows.</param>
    public IKeyValueCache Fork(IReadOnlyList<int> rows)
    {
        IKeyValueCache cache = _model.CreateCache(rows.Count, _capacity);
        cache.Keep([]);
        cache.Append(_rows, [.. rows]);
        return cache;
    }

    /// <summary>Holds rows of a cache, as far as there is room.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="read">The thoughts that its rows belong to, each with its row.</param>
    public void Hold(IKeyValueCache cache, IReadOnlyList<(Thought Thought, int Row)> read)
    {
        var fresh = read.Where(one => !_byThought.ContainsKey(one.Thought)).DistinctBy(one => one.Thought).Take(_most).ToArray();
        if (fresh.Length == 0)
        {
            return;
        }

        Forget(_held.Count + fresh.Length - _most);
        fresh = [.. fresh.Take(_most - _held.Count)];
        Grow(_held.Count + fresh.Length + 1);
        _rows.Append(cache, [.. fresh.Select(one => one.Row)]);
        foreach (var (thought, row) in fresh)
        {
            var held = new Held(thought, cache.Lengths[row]) { Row = _held.Count + 1, Used = _clock };
            _held.Add(held);
            _byThought.Add(thought, held);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    // Row 0 stays empty: it is what a thought begins from of which nothing is held.
    private IKeyValueCache Empty(int room)
    {
        IKeyValueCache rows = _model.CreateCache(room, _capacity);
        rows.Keep([0]);
        return rows;
    }

    private void Forget(int count)
    {
        if (count <= 0)
        {
            return;
        }

        // Some more than needed, as rows are moved each time.
        Held[] oldest = [.. _held.Where(held => held.Used < _clock).OrderBy(held => held.Used).Take(Math.Max(count, _most / 4))];
        foreach (Held held in oldest)
        {
            _byThought.Remove(held.Thought);
            held.Row = 0;
        }

        _held.RemoveAll(held => held.Row == 0);
        _rows.Keep([0, .. _held.Select(held => held.Row)]);
        foreach (var (i, held) in _held.Index())
        {
            held.Row = i + 1;
        }
    }

    private void Grow(int needed)
    {
        if (needed <= _room)
        {
            return;
        }

        _room = Math.Min(_most + 1, Math.Max(needed, 2 * _room));
        IKeyValueCache larger = Empty(_room);
        larger.Append(_rows, [.. _held.Select(held => held.Row)]);
        _rows.Dispose();
        _rows = larger;
    }

    private sealed class Held(Thought thought, int length)
    {
        public Thought Thought => thought;

        public int Length => length;

        public int Row { get; set; }

        public long Used { get; set; }
    }
}
