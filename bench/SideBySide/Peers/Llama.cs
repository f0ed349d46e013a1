using RlCore.Engines;
using RlCore.Trainers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>Llama in TorchSharp, without biases and with the embedding as its head.</summary>
internal sealed class Llama : CausalModel
{
    private readonly Embedding _tokens;
    private readonly ModuleList<Block> _blocks;
    private readonly RmsNorm _norm;
    private readonly Rotation _rotation;

    public Llama(ModelSettings shape, int vocabularySize, LoraSettings? lora)
        : base(nameof(Llama))
    {
        _tokens = Embedding(vocabularySize, shape.Width);
        _blocks = ModuleList(Enumerable.Range(0, shape.Layers).Select(layer => new Block(shape, layer, lora)).ToArray());
        _norm = new RmsNorm(shape);
        _rotation = new Rotation(shape);
        register_module("embed_tokens", _tokens);
        register_module("layers", _blocks);
        register_module("norm", _norm);
        if (lora is not null)
        {
            foreach (var (_, frozen) in named_parameters().Where(parameter => !parameter.name.Contains("lora_", StringComparison.Ordinal)))
            {
                frozen.requires_grad = false;
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor Head => _tokens.weight!;

    /// <inheritdoc/>
    public override Tensor Hidden(Tensor tokens, KeyValueCache? cache)
    {
        var (cos, sin) = _rotation.At(cache?.Length ?? 0, tokens.shape[1]);
        Tensor x = _tokens.forward(tokens);
        foreach (Block block in _blocks)
        {
            x = block.Apply(x, cos, sin, cache);
        }

        cache?.Advance(tokens.shape[1]);
        return _norm.forward(x);
    }

    private static Module<Tensor, Tensor> Projection(long inputs, long outputs, LoraSettings? lora) =>
        lora is null ? Linear(inputs, outputs, hasBias: false) : new LoraLinear(inputs, outputs, lora);

    private sealed class Block : Module
    {
        private readonly RmsNorm _attentionNorm;
        private readonly Attention _attention;
        private readonly RmsNorm _mlpNorm;
        private readonly Mlp _mlp;

        public Block(ModelSettings shape, int layer, LoraSettings? lora)
            : base(nameof(Block))
        {
            _attentionNorm = new RmsNorm(shape);
            _attention = new Attention(shape, layer, lora);
            _mlpNorm = new RmsNorm(shape);
            _mlp = new Mlp(shape, lora);
            register_module("input_layernorm", _attentionNorm);
            register_module("self_attn", _attention);
            register_module("post_attention_layernorm", _mlpNorm);
            register_module("mlp", _mlp);
        }

        public Tensor Apply(Tensor x, Tensor cos, Tensor sin, KeyValueCache? cache)
        {
            x = x + _attention.Apply(_attentionNorm.forward(x), cos, sin, cache);
            return x + _mlp.forward(_mlpNorm.forward(x));
        }
    }

    private sealed class Attention : Module
    {
        private readonly HeadLayout _heads;
        private readonly int _layer;
        private readonly Module<Tensor, Tensor> _query;
        private readonly Module<Tensor, Tensor> _key;
        private readonly Module<Tensor, Tensor> _value;
        private readonly Module<Tensor, Tensor> _output;

        public Attention(ModelSettings shape, int layer, LoraSettings? lora)
            : base(nameof(Attention))
        {
            (_heads, _layer) = (shape.HeadLayout, layer);
            int keys = _heads.KeyValueHeads * _heads.Size;
            _query = Projection(shape.Width, _heads.OutputWidth, lora);
            _key = Projection(shape.Width, keys, lora);
            _value = Projection(shape.Width, keys, lora);
            _output = Projection(_heads.OutputWidth, shape.Width, lora);
            register_module("q_proj", _query);
            register_module("k_proj", _key);
            register_module("v_proj", _value);
            register_module("o_proj", _output);
        }

        public Tensor Apply(Tensor x, Tensor cos, Tensor sin, KeyValueCache? cache)
        {
            Tensor query = Rotation.Turn(SelfAttention.Split(_query.forward(x), _heads.Size), cos, sin);
            Tensor key = Rotation.Turn(SelfAttention.Split(_key.forward(x), _heads.Size), cos, sin);
            Tensor value = SelfAttention.Split(_value.forward(x), _heads.Size);
            return _output.forward(SelfAttention.Attend(query, key, value, _heads, _layer, cache));
        }
    }

    private sealed class Mlp : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _gate;
        private readonly Module<Tensor, Tensor> _up;
        private readonly Module<Tensor, Tensor> _down;

        public Mlp(ModelSettings shape, LoraSettings? lora)
            : base(nameof(Mlp))
        {
            _gate = Projection(shape.Width, shape.ResolvedMlpWidth, lora);
            _up = Projection(shape.Width, shape.ResolvedMlpWidth, lora);
            _down = Projection(shape.ResolvedMlpWidth, shape.Width, lora);
            register_module("gate_proj", _gate);
            register_module("up_proj", _up);
            register_module("down_proj", _down);
        }

        public override Tensor forward(Tensor x) => _down.forward(functional.silu(_gate.forward(x)) * _up.forward(x));
    }
}

/// <summary>x/√(mean(x²) + ε) · weight.</summary>
internal sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public RmsNorm(ModelSettings shape)
        : base(nameof(RmsNorm))
    {
        _weight = Parameter(ones(shape.Width));
        _epsilon = shape.NormEpsilon;
        register_parameter("weight", _weight);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => x * (x.square().mean([-1], keepdim: true) + _epsilon).rsqrt() * _weight;
}

/// <summary>Rotary positions, from a table of cosines and sines.</summary>
internal sealed class Rotation
{
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public Rotation(ModelSettings shape)
    {
        long size = shape.HeadLayout.Size;
        Tensor frequencies = pow(shape.RotaryTheta, arange(0, size, 2, ScalarType.Float64) / -size);
        Tensor angles = outer(arange(shape.Context, ScalarType.Float64), frequencies);
        Tensor both = cat([angles, angles], -1);
        _cos = both.cos().to(ScalarType.Float32);
        _sin = both.sin().to(ScalarType.Float32);
    }

    /// <summary>The table's rows of some positions, [T, size].</summary>
    public (Tensor Cos, Tensor Sin) At(long first, long count) => (_cos.narrow(0, first, count), _sin.narrow(0, first, count));

    /// <summary>Turns heads [B, heads, T, size].</summary>
    public static Tensor Turn(Tensor x, Tensor cos, Tensor sin)
    {
        Tensor[] halves = x.chunk(2, -1);
        return (x * cos) + (cat([-halves[1], halves[0]], -1) * sin);
    }
}

/// <summary>A frozen linear layer with an adapter: W·x + scale·B·A·x.</summary>
internal sealed class LoraLinear : Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Linear _down;
    private readonly Linear _up;
    private readonly double _scale;

    public LoraLinear(long inputs, long outputs, LoraSettings lora)
        : base(nameof(LoraLinear))
    {
        _weight = Parameter(empty(outputs, inputs), requires_grad: false);
        _down = Linear(inputs, lora.Rank, hasBias: false);
        _up = Linear(lora.Rank, outputs, hasBias: false);
        _scale = lora.Scale;
        register_parameter("weight", _weight);
        register_module("lora_A", _down);
        register_module("lora_B", _up);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => functional.linear(x, _weight) + (_up.forward(_down.forward(x)) * _scale);
}
