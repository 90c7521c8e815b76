/*
@preact/signals

The MIT License (MIT)

Copyright (c) 2022-present Preact Team

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.


@preact/signals-core

The MIT License (MIT)

Copyright (c) 2022-present Preact Team

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.


@tanstack/virtual-core

MIT License

Copyright (c) 2021-present Tanner Linsley

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.


preact

The MIT License (MIT)

Copyright (c) 2015-present Jason Miller

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
*/
"use strict";
(() => {
  // node_modules/preact/dist/preact.mjs
  var n;
  var t;
  var r;
  var u;
  var i;
  var f;
  var o;
  var e;
  var l;
  var c;
  var a;
  var s;
  var h = /* @__PURE__ */ Symbol.for("pv");
  var p = {};
  var y = [];
  var v = /^m(i|n|o|s|text|space)$/;
  var w = Array.isArray;
  var d = y.slice;
  var _ = Object.assign;
  function g(n3) {
    n3 && n3.parentNode && n3.remove();
  }
  function k(n3, t4, r4) {
    var u4, i4, f5, o5 = {}, e4 = arguments.length;
    for (f5 in t4) "key" == f5 ? u4 = t4[f5] : "ref" == f5 && "function" != typeof n3 ? i4 = t4[f5] : o5[f5] = t4[f5];
    return e4 > 2 && (o5.children = e4 > 3 ? d.call(arguments, 2) : r4), m(n3, o5, u4, i4, null);
  }
  function m(r4, u4, i4, f5, o5) {
    var e4 = { type: r4, props: u4, key: i4, ref: f5, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: h, __v: o5 || ++t, __i: -1, __u: 0 };
    return !o5 && n.vnode && n.vnode(e4), e4;
  }
  function $(n3) {
    return n3.children;
  }
  function x(n3, t4) {
    this.props = n3, this.context = t4, this.__g = 0;
  }
  function S(n3, t4) {
    if (null == t4) return n3.__ && S(n3.__, n3.__i + 1);
    for (var r4; t4 < n3.__k.length; t4++) if ((r4 = n3.__k[t4]) && r4.__e) return r4.__e;
    return "function" != typeof n3.type || n3.props.__P ? null : S(n3);
  }
  function C(t4) {
    var r4, u4 = t4.__v, i4 = u4.__e, f5 = [], o5 = [], e4 = t4.__P;
    e4 && ((r4 = _({ constructor: h }, u4)).__v = u4.__v + 1, n.vnode && n.vnode(r4), z(e4, r4, u4, t4.__n, e4.namespaceURI, 32 & u4.__u ? [i4] : null, f5, i4 || S(u4), 32 & u4.__u, o5), r4.__v = u4.__v, r4.__.__k[r4.__i] = r4, E(f5, r4, o5), u4.__ = u4.__e = null, r4.__e != i4 && j(r4));
  }
  function j(n3) {
    if ((n3 = n3.__) && n3.__c && !n3.props.__P) return n3.__e = null, n3.__k.some(function(t4) {
      return t4 && (n3.__e = t4.__e);
    }), j(n3);
  }
  function L(t4) {
    (8 & t4.__g || (t4.__g |= 8, u.push(t4), f++)) && i == n.debounceRendering || ((i = n.debounceRendering) || queueMicrotask)(H);
  }
  function H() {
    try {
      for (var n3, t4 = 1; u.length; ) u.length > t4 && u.sort(o), n3 = u.shift(), t4 = u.length, 8 & n3.__g && C(n3);
    } finally {
      (f = u.length) && (i || queueMicrotask)(H);
    }
  }
  function I(n3, t4, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
    var s4, h5, v4, w5, d5, _4, g5 = u4.__k || y, k4 = t4.length;
    for (l4 = q(r4, t4, g5, l4, k4), s4 = 0; s4 < k4; s4++) null != (v4 = r4.__k[s4]) && (h5 = ~v4.__i && g5[v4.__i] || p, v4.__i = s4, _4 = z(n3, v4, h5, i4, f5, o5, e4, l4, c4, a5), w5 = v4.__e, (h5.ref != v4.ref || 8 & h5.__u) && (h5.ref && G(h5.ref, null, v4, h5), v4.ref && a5.push(v4.ref, v4.__c || w5, v4)), d5 = d5 || w5, 4 & v4.__u ? (l4 = A(v4, l4, n3, !h5.__v), h5.__e && (h5.__e = null)) : "function" == typeof v4.type && void 0 !== _4 ? l4 = _4 : w5 && (l4 = w5.nextSibling), v4.__u &= -21);
    return r4.__e = d5, l4;
  }
  function q(n3, t4, r4, u4, i4) {
    var f5, o5, e4, l4, c4, a5, s4, p5, y5, v4 = r4.length, d5 = v4, _4 = 0, g5 = 0, k4 = n3.__k = Array(i4);
    for (f5 = 0; f5 < i4; f5++) null != (o5 = t4[f5]) && "boolean" != typeof o5 && "function" != typeof o5 ? ("object" != typeof o5 || o5.constructor === String ? o5 = k4[f5] = m(null, o5) : w(o5) ? o5 = k4[f5] = m($, { children: o5 }) : o5.constructor === h && o5.__b ? o5 = k4[f5] = m(o5.type, o5.props, o5.key, o5.ref, o5.__v) : k4[f5] = o5, l4 = f5 + _4, o5.__ = n3, o5.__b = n3.__b + 1, e4 = null, ~(c4 = o5.__i = P(o5, r4, l4, d5)) && (d5--, (e4 = r4[c4]) && (e4.__u |= 2)), e4 && e4.__v ? (o5.__u |= 16, c4 == l4 - 1 ? _4-- : c4 == l4 + 1 ? _4++ : c4 != l4 && (c4 > l4 ? _4-- : _4++, g5 = 1)) : (~c4 || (i4 > v4 ? _4-- : i4 < v4 && _4++), "function" != typeof o5.type && (o5.__u |= 4))) : k4[f5] = null;
    if (g5) {
      for (a5 = [], s4 = [], f5 = 0; f5 < i4; f5++) if ((o5 = k4[f5]) && 16 & o5.__u) {
        for (_4 = 0, p5 = a5.length; _4 < p5; ) a5[y5 = _4 + p5 >> 1] < o5.__i ? _4 = y5 + 1 : p5 = y5;
        a5[_4] = o5.__i, s4[f5] = _4 + 1;
      }
      for (_4 = a5.length; f5--; ) s4[f5] && (s4[f5] == _4 ? _4-- : k4[f5].__u |= 4);
    }
    if (d5) for (f5 = 0; f5 < v4; f5++) !(e4 = r4[f5]) || 2 & e4.__u || (e4.__e == u4 && (u4 = S(e4)), J(e4, e4));
    return u4;
  }
  function A(n3, t4, r4, u4) {
    var i4, f5, o5, e4;
    if ("function" == typeof n3.type) {
      if (n3.props.__P) return t4;
      if (i4 = n3.__k) for (f5 = 0; f5 < i4.length; f5++) i4[f5] && (i4[f5].__ = n3, t4 = A(i4[f5], t4, r4, false));
      return t4;
    }
    for (t4 && !t4.parentNode && (t4 = S(n3)) && !t4.parentNode && (t4 = null), o5 = n3.__e, e4 = t4; e4 && 8 == e4.nodeType; ) e4 = e4.nextSibling;
    for (o5 != e4 && (!u4 && r4.moveBefore && o5.parentNode ? r4.moveBefore(o5, t4) : r4.insertBefore(o5, t4 || null)), t4 = o5; (t4 = t4 && t4.nextSibling) && 8 == t4.nodeType && !t4.data.startsWith("$s"); ) ;
    return t4;
  }
  function P(n3, t4, r4, u4) {
    var i4, f5 = n3.key, o5 = n3.type, e4 = t4[r4], l4 = e4 && !(2 & e4.__u);
    if (null === e4 && null == f5 || l4 && f5 == e4.key && o5 == e4.type) return r4;
    if (u4 > (l4 ? 1 : 0)) {
      for (i4 = r4 - 1; i4 >= 0; i4--) if ((e4 = t4[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
      for (i4 = r4 + 1; i4 < t4.length; i4++) if ((e4 = t4[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
    }
    return -1;
  }
  function T(n3, t4, r4) {
    null == r4 && (r4 = ""), "-" == t4[0] ? n3.setProperty(t4, r4) : n3[t4] = r4;
  }
  function N(n3, t4, r4, u4, i4) {
    var f5, o5;
    if ("style" == t4) if ("string" == typeof r4) n3.style.cssText = r4;
    else {
      if ("string" == typeof u4 && (n3.style.cssText = u4 = ""), u4) for (t4 in u4) r4 && t4 in r4 || T(n3.style, t4);
      if (r4) for (t4 in r4) u4 && r4[t4] == u4[t4] || T(n3.style, t4, r4[t4]);
    }
    else if ("o" == t4[0] && "n" == t4[1]) "function" != typeof r4 && (r4 = null), "function" != typeof u4 && (u4 = null), (n3.__e || (n3.__e = {}))[t4] = r4, r4 && u4 || (o5 = a[t4] || (a[t4] = V(t4)), (n3.__a || (n3.__a = {}))[t4] = c, f5 = t4 != (t4 = t4.replace(l, "$1")), (t4 = t4.slice(2))[0] < "a" && (t4 = t4.toLowerCase()), r4 ? n3.addEventListener(t4, o5, f5) : n3.removeEventListener(t4, o5, f5));
    else {
      if ("http://www.w3.org/2000/svg" == i4) t4 = t4.replace(/xlink(H|:h)/, "h").replace(/sName$/, "s");
      else if ("width" != t4 && "height" != t4 && "href" != t4 && "list" != t4 && "form" != t4 && "tabIndex" != t4 && "download" != t4 && "rowSpan" != t4 && "colSpan" != t4 && "role" != t4 && "popover" != t4 && t4 in n3) try {
        return void (n3[t4] = null == r4 ? "" : r4);
      } catch (n4) {
      }
      if ("function" == typeof r4) return;
      null == r4 || false === r4 && "-" != t4[4] ? n3.removeAttribute(t4) : n3.setAttribute(t4, "popover" == t4 && 1 == r4 ? "" : r4);
    }
  }
  function V(t4) {
    return function(r4) {
      var u4 = this.__e;
      if (u4) {
        if (u4 = u4[t4], null == r4[e]) r4[e] = c++;
        else if (r4[e] < this.__a[t4]) return;
        return u4(n.event ? n.event(r4) : r4);
      }
    };
  }
  function z(t4, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
    var s4, p5, v4, d5, k4, b3, m5, M2, C3, j3, L2, H2, q2, A4, O2, P2, T4, N2, V2 = r4.type;
    if (r4.constructor !== h) return null;
    128 & u4.__u && (c4 = 32 & u4.__u, s4 = u4.__c.__z) && (r4.__u |= c4, p5 = o5 = [], 8 == s4.nodeType ? l4 = B(s4, o5) : o5.push(s4), l4 = o5[0] || l4), (s4 = n.__b) && s4(r4);
    n: if ("function" == typeof V2) {
      v4 = e4.length;
      try {
        if (M2 = r4.props, C3 = (s4 = V2.prototype) && s4.render, j3 = (s4 = V2.contextType) && i4[s4.__c], L2 = s4 ? j3 ? j3.props.value : s4.__ : i4, (d5 = u4.__c) ? (r4.__c = d5, 2 & d5.__g && (d5.__g |= 1)) : (C3 ? r4.__c = d5 = new V2(M2, L2) : (r4.__c = d5 = new x(M2, L2), d5.constructor = V2, d5.render = K), j3 && j3.sub(d5), d5.state || (d5.state = {}), d5.__n = i4, d5.__g |= 8, d5.__h = [], d5.__k = []), C3 && (d5.__s || (d5.__s = d5.state), V2.getDerivedStateFromProps && (d5.__s == d5.state && (d5.__s = _({}, d5.__s)), _(d5.__s, V2.getDerivedStateFromProps(M2, d5.__s)))), k4 = d5.props, b3 = d5.state, d5.__v = r4, u4.__c) {
          if (M2 !== k4 && C3 && !V2.getDerivedStateFromProps && d5.componentWillReceiveProps && d5.componentWillReceiveProps(M2, L2), r4.__v == u4.__v && !(8 & d5.__g) || !(4 & d5.__g) && d5.shouldComponentUpdate && false === d5.shouldComponentUpdate(M2, d5.__s, L2)) {
            r4.__v != u4.__v && (d5.props = M2, d5.state = d5.__s, d5.__g &= -9), r4.__e = u4.__e, r4.__k = u4.__k, r4.__k.some(function(n3) {
              n3 && (n3.__ = r4);
            }), y.push.apply(d5.__h, d5.__k), d5.__k = [], d5.__h.length && e4.push(d5), l4 = S(u4);
            break n;
          }
          d5.componentWillUpdate && d5.componentWillUpdate(M2, d5.__s, L2), C3 && d5.componentDidUpdate && d5.__h.push(function() {
            d5.componentDidUpdate(k4, b3, m5);
          });
        } else C3 && !V2.getDerivedStateFromProps && d5.componentWillMount && d5.componentWillMount(), C3 && d5.componentDidMount && d5.__h.push(d5.componentDidMount);
        d5.context = L2, d5.props = M2, d5.__P = t4, d5.__g &= -5, H2 = n.__r, q2 = C3 ? 25 : 0;
        do {
          d5.__g &= -9, H2 && H2(r4), s4 = d5.render(d5.props, d5.state = d5.__s, d5.context);
        } while (8 & d5.__g && ++q2 < 25);
        C3 && (y.push.apply(d5.__h, d5.__k), d5.__k = []), d5.state = d5.__s, d5.getChildContext && (i4 = _({}, i4, d5.getChildContext())), C3 && u4.__c && d5.getSnapshotBeforeUpdate && (m5 = d5.getSnapshotBeforeUpdate(k4, b3)), A4 = s4 && s4.type === $ && null == s4.key ? s4.props.children : s4, M2.__P && (s4 = l4, f5 = (t4 = M2.__P).namespaceURI, c4 = o5 = null, u4.props && u4.props.__P != t4 && (u4.__k.some(function(n3) {
          n3 && J(n3, n3);
        }), u4.__k = null), l4 = u4.__k ? S(u4, 0) : null), l4 = I(t4, w(A4) ? A4 : [A4], r4, u4, i4, f5, o5, e4, l4, c4, a5), M2.__P && (r4.__e = null, l4 = s4), r4.__u &= -161, p5 && p5.some(g), d5.__h.length && e4.push(d5), 1 & d5.__g && (d5.__g &= -4);
      } catch (t5) {
        if (e4.length = v4, r4.__v = null, c4 || o5) if (t5 && t5.then) {
          if (r4.__u |= 128 | c4, o5) {
            for (~(T4 = o5.indexOf(l4 || void 0)) || (T4 = o5.length); (N2 = o5[T4 - 1]) && 8 == N2.nodeType; ) T4--;
            for (; T4 < o5.length; T4++) if (N2 = o5[T4]) if (o5[T4] = null, O2) {
              if (N2 == P2) break;
            } else {
              if (8 != N2.nodeType) break;
              N2.data.startsWith("$s") && (P2 = B(O2 = N2));
            }
          }
          if (!O2) {
            for (; l4 && 8 == l4.nodeType && l4.nextSibling; ) l4 = l4.nextSibling;
            O2 = l4;
          }
          (s4 = B(O2 = r4.__c.__z || (r4.__c.__z = O2))) ? (r4.__e = O2, l4 = s4) : r4.__e = l4, l4 = l4 && l4.nextSibling;
        } else o5 && o5.some(g);
        else r4.__e = u4.__e;
        r4.__k || (r4.__k = u4.__k || []), t5 && t5.then || D(r4), n.__e(t5, r4, u4);
      }
    } else l4 = r4.__e = F(u4.__e, r4, u4, i4, f5, o5, e4, c4, a5, t4);
    return (s4 = n.diffed) && s4(r4), l4;
  }
  function B(n3, t4) {
    if (n3 && 8 == n3.nodeType && n3.data.startsWith("$s")) for (var r4 = 1; n3 = n3.nextSibling; ) {
      if (8 == n3.nodeType) {
        if (n3.data.startsWith("$s")) r4++;
        else if (n3.data.startsWith("/$s") && !--r4) return n3;
      }
      t4 && t4.push(n3);
    }
  }
  function D(n3) {
    n3 && (n3.__c && (n3.__c.__g |= 4), n3.__k && n3.__k.some(D));
  }
  function E(t4, r4, u4) {
    for (var i4 = 0; i4 < u4.length; ) G(u4[i4++], u4[i4++], u4[i4++]);
    n.__c && n.__c(r4, t4), t4.some(function(r5) {
      try {
        t4 = r5.__h, r5.__h = [], t4.some(function(n3) {
          n3.call(r5);
        });
      } catch (t5) {
        n.__e(t5, r5.__v);
      }
    });
  }
  function F(t4, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
    var s4, h5, y5, _4, k4, b3, m5, M2, $2 = u4.props || p, x3 = r4.props, C3 = r4.type;
    if ("svg" == C3 ? f5 = "http://www.w3.org/2000/svg" : "math" == C3 ? f5 = "http://www.w3.org/1998/Math/MathML" : f5 || (f5 = "http://www.w3.org/1999/xhtml"), o5) {
      for (s4 = 0; s4 < o5.length; s4++) if ((k4 = o5[s4]) && (C3 ? k4.localName == C3 : 3 == k4.nodeType)) {
        t4 = k4, o5[s4] = null;
        break;
      }
    }
    if (!t4) {
      if (M2 = a5.ownerDocument || document, !C3) return M2.createTextNode(x3);
      t4 = M2.createElementNS(f5, C3, x3.is ? x3 : a5), l4 && (n.__m && n.__m(r4, o5), l4 = false), o5 = null;
    }
    if (C3) {
      if (a5 = "template" == C3 && t4.content || t4, o5 = "textarea" == C3 && null != x3.defaultValue ? null : o5 && d.call(a5.childNodes), !l4 && o5) for ($2 = {}, s4 = 0; s4 < t4.attributes.length; s4++) $2[(k4 = t4.attributes[s4]).name] = k4.value;
      for (s4 in $2) k4 = $2[s4], "dangerouslySetInnerHTML" == s4 ? y5 = k4 : "children" == s4 || s4 in x3 || "value" == s4 && "defaultValue" in x3 || "checked" == s4 && "defaultChecked" in x3 || N(t4, s4, null, k4, f5);
      for (s4 in x3) k4 = x3[s4], "children" == s4 ? _4 = k4 : "dangerouslySetInnerHTML" == s4 ? h5 = k4 : "value" == s4 ? b3 = k4 : "checked" == s4 ? m5 = k4 : l4 && "function" != typeof k4 || $2[s4] === k4 || N(t4, s4, k4, $2[s4], f5);
      h5 ? (l4 || y5 && (h5.__html == y5.__html || h5.__html == t4.innerHTML) || (t4.innerHTML = h5.__html), r4.__k = []) : (y5 && (t4.textContent = ""), ("foreignObject" == C3 || "http://www.w3.org/1998/Math/MathML" == f5 && v.test(C3)) && (f5 = "http://www.w3.org/1999/xhtml"), I(a5, w(_4) ? _4 : [_4], r4, u4, i4, f5, o5, e4, o5 ? o5[0] : u4.__k && S(u4, 0), l4, c4), o5 && o5.some(g)), l4 && "textarea" != C3 || (s4 = "value", "progress" == C3 && null == b3 ? t4.removeAttribute(s4) : null == b3 || b3 === t4[s4] && ("progress" != C3 || b3) || N(t4, s4, b3, $2[s4], f5), s4 = "checked", null != m5 && m5 != t4[s4] && N(t4, s4, m5, $2[s4], f5));
    } else $2 === x3 || l4 && t4.data == x3 || (t4.data = x3);
    return t4;
  }
  function G(t4, r4, u4, i4) {
    try {
      "function" == typeof t4 ? r4 ? r4.__x = t4(r4) || 1 : i4 && (i4 = i4.__c || i4.__e) && (r4 = i4.__x) && (i4.__x = null, "function" == typeof r4 ? r4() : t4(null)) : t4.current = r4;
    } catch (t5) {
      n.__e(t5, u4);
    }
  }
  function J(t4, r4, u4) {
    var i4, f5, o5, e4;
    if (n.unmount && n.unmount(t4), !(i4 = t4.ref) || i4.current && i4.current != t4.__e || G(i4, null, r4, t4), i4 = t4.__c) {
      if (i4.componentWillUnmount) try {
        i4.componentWillUnmount();
      } catch (t5) {
        n.__e(t5, r4);
      }
      i4.__P = i4.__n = null;
    }
    if (i4 = t4.__k) for (e4 = 0; e4 < i4.length; e4++) i4[e4] && J(i4[e4], r4, "function" != typeof t4.type || u4 && !t4.props.__P);
    !u4 && (i4 = t4.__c) && (i4 = i4.__z) && (f5 = B(i4, o5 = [])) && (i4 == t4.__e && o5.some(g), g(f5), g(i4)), u4 || g(t4.__e), t4.__e = t4.__c = t4.__ = null;
  }
  function K(n3, t4, r4) {
    return this.constructor(n3, r4);
  }
  function Q(t4, r4) {
    var u4, i4, f5, o5;
    n.__ && n.__(t4, r4), 9 == r4.nodeType && (r4 = r4.documentElement), i4 = (u4 = t4 && 32 & t4.__u) ? null : r4.__k, r4.__k = m($, { children: [t4] }), f5 = [], o5 = [], z(r4, r4.__k, i4 || p, p, r4.namespaceURI, i4 ? null : r4.firstChild ? d.call(r4.childNodes) : null, f5, i4 ? i4.__e : r4.firstChild, u4, o5), E(f5, r4.__k, o5), r4.__k.props.children = null;
  }
  n = { __e: function(n3, t4, r4, u4) {
    for (var i4, o5, e4; t4 = t4.__; ) if ((i4 = t4.__c) && !(1 & i4.__g)) {
      i4.__g |= 4;
      try {
        if ((e4 = (o5 = i4.constructor) && o5.getDerivedStateFromError) && i4.setState(o5.getDerivedStateFromError(n3)), i4.componentDidCatch && (i4.componentDidCatch(n3, u4 || {}), e4 = 1), e4 && 8 & i4.__g) return void (i4.__g |= 2);
      } catch (t5) {
        n3 = t5;
      }
    }
    throw f = 0, n3;
  } }, t = 0, r = function(n3) {
    return null != n3 && n3.constructor === h;
  }, x.prototype.setState = function(n3, t4) {
    var r4 = this.__s;
    r4 && r4 != this.state || (r4 = this.__s = _({}, this.state)), "function" == typeof n3 && (n3 = n3(_({}, r4), this.props)), n3 && (_(r4, n3), this.__v && (t4 && this.__k.push(t4), L(this)));
  }, x.prototype.forceUpdate = function(n3) {
    this.__v && (this.__g |= 4, n3 && this.__h.push(n3), L(this));
  }, x.prototype.render = $, u = [], f = 0, o = function(n3, t4) {
    return n3.__v.__b - t4.__v.__b;
  }, e = /* @__PURE__ */ Symbol(), l = /(PointerCapture)$|Capture$/i, c = 0, a = {}, s = 0;

  // node_modules/preact/hooks/dist/hooks.mjs
  var t2;
  var r2;
  var u2;
  var i2;
  var o2 = Object.is;
  var f2 = 0;
  var c2 = [];
  var e2 = [];
  var a2 = n;
  var v2 = a2.__b;
  var l2 = a2.__r;
  var m2 = a2.diffed;
  var h2 = a2.__c;
  var s2 = a2.unmount;
  var p2 = a2.__;
  function y2(n3, t4) {
    a2.__h && a2.__h(r2, n3, f2 || t4), f2 = 0;
    var u4 = r2.__H || (r2.__H = { __: [], __h: [] });
    return n3 >= u4.__.length && u4.__.push({}), u4.__[n3];
  }
  function d2(n3) {
    return f2 = 1, _2(G2, n3);
  }
  function _2(n3, u4, i4) {
    var f5 = y2(t2++, 2);
    if (f5.t = n3, !f5.__c && (f5.__ = [i4 ? i4(u4) : G2(void 0, u4), function(n4) {
      var t4 = (f5.__N || f5.__)[0], r4 = f5.t(t4, n4);
      o2(t4, r4) || (f5.__N = [r4, f5.__[1]], f5.__c.setState({}));
    }], f5.__c = r2, !r2.__f)) {
      r2.__f = true;
      var c4 = r2.shouldComponentUpdate;
      r2.shouldComponentUpdate = function(n4, t4, r4) {
        var u5 = this.__H;
        if (!u5) return true;
        var i5 = false, f6 = this.props != n4;
        if (u5.__.some(function(n5) {
          n5.__N && (i5 = true, o2(n5.__[0], n5.__N[0]) || (f6 = true));
        }), c4) {
          var e4 = c4.call(this, n4, t4, r4);
          return i5 ? e4 || f6 : e4;
        }
        return !i5 || f6;
      };
    }
    return f5.__;
  }
  function A2(n3, u4) {
    var i4 = y2(t2++, 3);
    !a2.__s && E2(i4.__H, u4) && (i4.__P = true, i4.__ = n3, i4.u = u4, r2.__H.__h.push(i4));
  }
  function F2(n3, u4) {
    var i4 = y2(t2++, 4);
    !a2.__s && E2(i4.__H, u4) && (i4.__P = false, i4.__ = n3, i4.u = u4, r2.__h.push(i4));
  }
  function T2(n3) {
    return f2 = 5, w2(function() {
      return { current: n3 };
    }, []);
  }
  function w2(n3, r4) {
    var u4 = y2(t2++, 7);
    return E2(u4.__H, r4) && (u4.__ = n3(), u4.__H = r4), u4.__;
  }
  function g2() {
    var n3;
    do {
      for (; n3 = e2.shift(); ) try {
        C2(n3);
      } catch (t5) {
        a2.__e(t5, { __: (n3 = n3.__P) && n3.__v });
      }
      for (; n3 = c2.shift(); ) {
        var t4 = n3.__H;
        if (n3.__P && t4) try {
          t4.__h.some(C2), t4.__h.some(D2), t4.__h = [];
        } catch (r4) {
          t4.__h = [], a2.__e(r4, n3.__v);
        }
      }
    } while (e2.length);
  }
  a2.__b = function(n3) {
    r2 = null, v2 && v2(n3);
  }, a2.__ = function(n3, t4) {
    n3 && t4.__k && t4.__k.__m && (n3.__m = t4.__k.__m), p2 && p2(n3, t4);
  }, a2.__r = function(n3) {
    l2 && l2(n3), t2 = 0;
    var i4 = (r2 = n3.__c).__H;
    i4 && (u2 == r2 ? r2.__h = [] : (i4.__h.some(C2), i4.__h.some(D2), t2 = 0), i4.__h = [], i4.__.some(function(n4) {
      n4.__N && (n4.__ = n4.__N), n4.u = n4.__N = void 0;
    })), u2 = r2;
  }, a2.diffed = function(n3) {
    m2 && m2(n3);
    var t4 = n3.__c;
    t4 && t4.__H && (t4.__H.__h.length && B2(c2.push(t4)), t4.__H.__.some(function(n4) {
      n4.u && (n4.__H = n4.u);
    })), u2 = r2 = null;
  }, a2.__c = function(n3, t4) {
    t4.some(function(n4) {
      try {
        n4.__h.some(C2), n4.__h = n4.__h.filter(function(n5) {
          return !n5.__ || D2(n5);
        });
      } catch (t5) {
        n4.__h = [function() {
          throw t5;
        }];
      }
    }), h2 && h2(n3, t4);
  }, a2.unmount = function(n3) {
    s2 && s2(n3);
    var t4, r4, u4 = n3.__c;
    u4 && u4.__H && (u4.__H.__.some(function(u5) {
      try {
        if (u5.__P && u5.__c) {
          if (void 0 === r4) {
            for (r4 = n3.__; r4 && (!r4.__c || !r4.__c.__P); ) r4 = r4.__;
            r4 = r4 && r4.__c;
          }
          u5.__P = r4, B2(e2.push(u5));
        } else C2(u5);
      } catch (n4) {
        t4 = n4;
      }
    }), u4.__H = void 0, t4 && a2.__e(t4, u4.__v));
  };
  var k2 = "function" == typeof requestAnimationFrame;
  function z2(n3) {
    var t4, r4 = function() {
      clearTimeout(u4), k2 && cancelAnimationFrame(t4), setTimeout(n3);
    }, u4 = setTimeout(r4, 35);
    k2 && (t4 = requestAnimationFrame(r4));
  }
  function B2(n3) {
    1 != n3 && i2 == a2.requestAnimationFrame || ((i2 = a2.requestAnimationFrame) || z2)(g2);
  }
  function C2(n3) {
    var t4 = r2, u4 = n3.__c;
    "function" == typeof u4 && (n3.__c = void 0, u4()), r2 = t4;
  }
  function D2(n3) {
    var t4 = r2;
    n3.__c = n3.__(), r2 = t4;
  }
  function E2(n3, t4) {
    return !n3 || n3.length != t4.length || t4.some(function(t5, r4) {
      return !o2(t5, n3[r4]);
    });
  }
  function G2(n3, t4) {
    return "function" == typeof t4 ? t4(n3) : t4;
  }

  // node_modules/@preact/signals-core/dist/signals-core.module.js
  var i3 = /* @__PURE__ */ Symbol.for("preact-signals");
  function t3() {
    if (!(v3 > 1)) {
      var i4, t4 = false;
      !(function() {
        var i5 = c3;
        c3 = void 0;
        while (void 0 !== i5) {
          var t5 = i5.S;
          if (t5.v === i5.v) {
            for (var r5 = t5.t; void 0 !== r5; r5 = r5.x) if (r5.i === i5.i) r5.i = t5.i;
          }
          i5 = i5.o;
        }
      })();
      while (void 0 !== h3) {
        var r4 = h3;
        h3 = void 0;
        s3++;
        while (void 0 !== r4) {
          var n3 = r4.u;
          r4.u = void 0;
          r4.f &= -3;
          if (!(8 & r4.f) && w3(r4)) try {
            r4.c();
          } catch (r5) {
            if (!t4) {
              i4 = r5;
              t4 = true;
            }
          }
          r4 = n3;
        }
      }
      s3 = 0;
      v3--;
      if (t4) throw i4;
    } else v3--;
  }
  function r3(i4) {
    if (v3 > 0) return i4();
    u3 = ++e3;
    v3++;
    try {
      return i4();
    } finally {
      t3();
    }
  }
  var n2;
  var o3 = void 0;
  function f3(i4) {
    var t4 = o3, r4 = n2;
    o3 = void 0;
    n2 = void 0;
    try {
      return i4();
    } finally {
      o3 = t4;
      n2 = r4;
    }
  }
  var h3 = void 0;
  var v3 = 0;
  var s3 = 0;
  var e3 = 0;
  var u3 = 0;
  var c3 = void 0;
  var a3 = 0;
  function d3(i4) {
    if (void 0 !== o3) {
      var t4 = i4.n;
      if (void 0 === t4 || t4.t !== o3) {
        t4 = { i: 0, S: i4, p: o3.s, n: void 0, t: o3, e: void 0, x: void 0, r: t4 };
        if (void 0 !== o3.s) o3.s.n = t4;
        o3.s = t4;
        i4.n = t4;
        if (32 & o3.f) i4.S(t4);
        return t4;
      } else if (-1 === t4.i) {
        t4.i = 0;
        if (void 0 !== t4.n) {
          t4.n.p = t4.p;
          if (void 0 !== t4.p) t4.p.n = t4.n;
          t4.p = o3.s;
          t4.n = void 0;
          o3.s.n = t4;
          o3.s = t4;
        }
        return t4;
      }
    }
  }
  function l3(i4, t4) {
    this.v = i4;
    this.i = 0;
    this.n = void 0;
    this.t = void 0;
    this.l = 0;
    this.W = null == t4 ? void 0 : t4.watched;
    this.Z = null == t4 ? void 0 : t4.unwatched;
    this.name = null == t4 ? void 0 : t4.name;
  }
  l3.prototype.brand = i3;
  l3.prototype.h = function() {
    return true;
  };
  l3.prototype.S = function(i4) {
    var t4 = this, r4 = this.t;
    if (r4 !== i4 && void 0 === i4.e) {
      i4.x = r4;
      this.t = i4;
      if (void 0 !== r4) r4.e = i4;
      else f3(function() {
        var i5;
        null == (i5 = t4.W) || i5.call(t4);
      });
    }
  };
  l3.prototype.U = function(i4) {
    var t4 = this;
    if (void 0 !== this.t) {
      var r4 = i4.e, n3 = i4.x;
      if (void 0 !== r4) {
        r4.x = n3;
        i4.e = void 0;
      }
      if (void 0 !== n3) {
        n3.e = r4;
        i4.x = void 0;
      }
      if (i4 === this.t) {
        this.t = n3;
        if (void 0 === n3) f3(function() {
          var i5;
          null == (i5 = t4.Z) || i5.call(t4);
        });
      }
    }
  };
  l3.prototype.subscribe = function(i4) {
    var t4 = this;
    return x2(function() {
      var r4 = t4.value;
      f3(function() {
        return i4(r4);
      });
    }, { name: "sub" });
  };
  l3.prototype.valueOf = function() {
    return this.value;
  };
  l3.prototype.toString = function() {
    return this.value + "";
  };
  l3.prototype.toJSON = function() {
    return this.value;
  };
  l3.prototype.peek = function() {
    var i4 = this;
    return f3(function() {
      return i4.value;
    });
  };
  Object.defineProperty(l3.prototype, "value", { get: function() {
    var i4 = d3(this);
    if (void 0 !== i4) i4.i = this.i;
    return this.v;
  }, set: function(i4) {
    if (i4 !== this.v) {
      if (s3 > 100) throw new Error("Cycle detected");
      !(function(i5) {
        if (0 !== v3 && 0 === s3) {
          if (i5.l !== u3) {
            i5.l = u3;
            c3 = { S: i5, v: i5.v, i: i5.i, o: c3 };
          }
        }
      })(this);
      this.v = i4;
      this.i++;
      a3++;
      v3++;
      try {
        for (var r4 = this.t; void 0 !== r4; r4 = r4.x) r4.t.N();
      } finally {
        t3();
      }
    }
  } });
  function y3(i4, t4) {
    return new l3(i4, t4);
  }
  function w3(i4) {
    for (var t4 = i4.s; void 0 !== t4; t4 = t4.n) if (t4.S.i !== t4.i || !t4.S.h() || t4.S.i !== t4.i) return true;
    return false;
  }
  function b(i4) {
    for (var t4 = i4.s; void 0 !== t4; t4 = t4.n) {
      var r4 = t4.S.n;
      if (void 0 !== r4) t4.r = r4;
      t4.S.n = t4;
      t4.i = -1;
      if (void 0 === t4.n) {
        i4.s = t4;
        break;
      }
    }
  }
  function _3(i4) {
    var t4 = i4.s, r4 = void 0;
    while (void 0 !== t4) {
      var n3 = t4.p;
      if (-1 === t4.i) {
        t4.S.U(t4);
        if (void 0 !== n3) n3.n = t4.n;
        if (void 0 !== t4.n) t4.n.p = n3;
      } else r4 = t4;
      t4.S.n = t4.r;
      if (void 0 !== t4.r) t4.r = void 0;
      t4 = n3;
    }
    i4.s = r4;
  }
  function j2(i4, t4) {
    l3.call(this, void 0, t4);
    this.x = i4;
    this.s = void 0;
    this.g = a3 - 1;
    this.f = 4;
  }
  j2.prototype = new l3();
  j2.prototype.h = function() {
    this.f &= -3;
    if (1 & this.f) return false;
    if (32 == (36 & this.f)) return true;
    this.f &= -5;
    if (this.g === a3) return true;
    this.g = a3;
    this.f |= 1;
    if (this.i > 0 && !w3(this)) {
      this.f &= -2;
      return true;
    }
    var i4 = o3;
    try {
      b(this);
      o3 = this;
      var t4 = this.x();
      if (16 & this.f || this.v !== t4 || 0 === this.i) {
        this.v = t4;
        this.f &= -17;
        this.i++;
      }
    } catch (i5) {
      this.v = i5;
      this.f |= 16;
      this.i++;
    }
    o3 = i4;
    _3(this);
    this.f &= -2;
    return true;
  };
  j2.prototype.S = function(i4) {
    if (void 0 === this.t) {
      this.f |= 36;
      for (var t4 = this.s; void 0 !== t4; t4 = t4.n) t4.S.S(t4);
    }
    l3.prototype.S.call(this, i4);
  };
  j2.prototype.U = function(i4) {
    if (void 0 !== this.t) {
      l3.prototype.U.call(this, i4);
      if (void 0 === this.t) {
        this.f &= -33;
        for (var t4 = this.s; void 0 !== t4; t4 = t4.n) t4.S.U(t4);
      }
    }
  };
  j2.prototype.N = function() {
    if (!(2 & this.f)) {
      this.f |= 6;
      for (var i4 = this.t; void 0 !== i4; i4 = i4.x) i4.t.N();
    }
  };
  Object.defineProperty(j2.prototype, "value", { get: function() {
    if (1 & this.f) throw new Error("Cycle detected");
    var i4 = d3(this);
    this.h();
    if (void 0 !== i4) i4.i = this.i;
    if (16 & this.f) throw this.v;
    return this.v;
  } });
  function O(i4, t4) {
    return new j2(i4, t4);
  }
  function p3(i4) {
    var r4 = i4.j;
    i4.j = void 0;
    if ("function" == typeof r4) {
      v3++;
      var n3 = o3;
      o3 = void 0;
      try {
        r4();
      } catch (t4) {
        i4.f &= -2;
        i4.f |= 8;
        g3(i4);
        throw t4;
      } finally {
        o3 = n3;
        t3();
      }
    }
  }
  function g3(i4) {
    for (var t4 = i4.s; void 0 !== t4; t4 = t4.n) t4.S.U(t4);
    i4.x = void 0;
    i4.s = void 0;
    p3(i4);
  }
  function S2(i4) {
    if (o3 !== this) throw new Error("Out-of-order effect");
    _3(this);
    o3 = i4;
    this.f &= -2;
    try {
      if (8 & this.f) g3(this);
    } finally {
      t3();
    }
  }
  function m3(i4, t4) {
    this.x = i4;
    this.j = void 0;
    this.s = void 0;
    this.u = void 0;
    this.f = 32;
    this.name = null == t4 ? void 0 : t4.name;
    if (n2) n2.push(this);
  }
  m3.prototype.c = function() {
    var i4 = this.S();
    try {
      if (8 & this.f) return;
      if (void 0 === this.x) return;
      var t4 = this.x();
      if ("function" == typeof t4) this.j = t4;
    } finally {
      i4();
    }
  };
  m3.prototype.S = function() {
    if (1 & this.f) throw new Error("Cycle detected");
    this.f |= 1;
    this.f &= -9;
    p3(this);
    b(this);
    v3++;
    var i4 = o3;
    o3 = this;
    return S2.bind(this, i4);
  };
  m3.prototype.N = function() {
    if (!(2 & this.f)) {
      this.f |= 2;
      this.u = h3;
      h3 = this;
    }
  };
  m3.prototype.d = function() {
    this.f |= 8;
    if (!(1 & this.f)) g3(this);
  };
  m3.prototype.dispose = function() {
    this.d();
  };
  function x2(i4, t4) {
    var r4 = new m3(i4, t4);
    try {
      r4.c();
    } catch (i5) {
      r4.d();
      throw i5;
    }
    var n3 = r4.d.bind(r4);
    n3[Symbol.dispose] = n3;
    return n3;
  }

  // node_modules/@preact/signals/dist/signals.module.js
  var h4;
  var d4;
  var p4;
  var m4 = "undefined" != typeof window && !!window.__PREACT_SIGNALS_DEVTOOLS__;
  var g4 = [];
  x2(function() {
    h4 = this.N;
  })();
  function b2(i4, n3) {
    n[i4] = n3.bind(null, n[i4] || function() {
    });
  }
  function y4(i4) {
    if (p4) {
      var n3 = p4;
      p4 = void 0;
      n3();
    }
    p4 = i4 && i4.S();
  }
  function w4(i4) {
    var n3 = this, r4 = i4.data, t4 = useSignal(r4);
    t4.name = "ReactiveDom";
    t4.value = r4;
    var e4 = w2(function() {
      var i5 = n3, r5 = n3.__v;
      while (r5 = r5.__) if (r5.__c) {
        r5.__c.__$f |= 4;
        break;
      }
      var o5 = O(function() {
        var i6 = t4.value.value;
        return 0 === i6 ? 0 : true === i6 ? "" : i6 || "";
      }), e5 = O(function() {
        return !Array.isArray(o5.value) && !r(o5.value);
      }), u5 = x2(function() {
        this.N = M;
        if (e5.value) {
          var n4 = o5.value;
          if (i5.__v && i5.__v.__e && 3 === i5.__v.__e.nodeType) i5.__v.__e.data = n4;
        }
      }), c5 = n3.__$u.d;
      n3.__$u.d = function() {
        u5();
        c5.call(this);
      };
      return [e5, o5];
    }, []), u4 = e4[0], c4 = e4[1];
    return u4.value ? c4.peek() : c4.value;
  }
  w4.displayName = "ReactiveTextNode";
  Object.defineProperties(l3.prototype, { constructor: { configurable: true, value: k($, null).constructor }, type: { configurable: true, value: w4 }, props: { configurable: true, get: function() {
    var i4 = this;
    return { data: { get value() {
      return i4.value;
    } } };
  } }, __b: { configurable: true, value: 1 } });
  b2("__b", function(i4, n3) {
    y4();
    d4 = void 0;
    if ("string" == typeof n3.type) {
      var r4, t4 = n3.props;
      for (var f5 in t4) if ("children" !== f5) {
        var o5 = t4[f5];
        if (o5 instanceof l3) {
          if (!r4) n3.__np = r4 = {};
          r4[f5] = o5;
          t4[f5] = o5.peek();
        }
      }
    }
    i4(n3);
  });
  b2("__r", function(i4, r4) {
    i4(r4);
    if (r4.type !== $) {
      y4();
      var t4, f5 = r4.__c;
      if (f5) {
        f5.__$f &= -2;
        if (void 0 === (t4 = f5.__$u)) f5.__$u = t4 = (function(i5, n3) {
          var r5;
          x2(function() {
            r5 = this;
          }, { name: n3 });
          r5.c = i5;
          return r5;
        })(/* @__PURE__ */ (function(i5) {
          return function() {
            var n3;
            if (m4) null == (n3 = this.y) || n3.call(this);
            i5.__$f |= 1;
            i5.setState({});
          };
        })(f5), "function" == typeof r4.type ? r4.type.displayName || r4.type.name : "");
      }
      d4 = f5;
      y4(t4);
    }
  });
  b2("__e", function(i4, n3, r4, t4) {
    y4();
    d4 = void 0;
    i4(n3, r4, t4);
  });
  b2("diffed", function(i4, n3) {
    y4();
    d4 = void 0;
    var r4;
    if ("string" == typeof n3.type && (r4 = n3.__e)) {
      var t4 = n3.__np, f5 = n3.props, o5 = r4.U;
      if (o5) for (var e4 in o5) {
        var u4 = o5[e4];
        if (!(void 0 === u4 || t4 && e4 in t4)) {
          u4.d();
          o5[e4] = void 0;
        }
      }
      if (t4) {
        if (!o5) {
          o5 = {};
          r4.U = o5;
        }
        for (var a5 in t4) {
          var c4 = o5[a5], v4 = t4[a5];
          if (void 0 === c4) {
            c4 = k3(r4, a5, v4, f5);
            o5[a5] = c4;
          } else c4.o(v4, f5);
        }
      }
    }
    i4(n3);
  });
  function k3(i4, n3, r4, t4) {
    var f5 = n3 in i4 && void 0 === i4.ownerSVGElement, o5 = y3(r4);
    return { o: function(i5, n4) {
      o5.value = i5;
      t4 = n4;
    }, d: x2(function() {
      this.N = M;
      var r5 = o5.value.value;
      if (t4[n3] !== r5) {
        t4[n3] = r5;
        if (f5) i4[n3] = r5;
        else if (null != r5 && (false !== r5 || "-" === n3[4])) i4.setAttribute(n3, r5);
        else i4.removeAttribute(n3);
      }
    }) };
  }
  b2("unmount", function(i4, n3) {
    if ("string" == typeof n3.type) {
      var r4 = n3.__e;
      if (r4) {
        var t4 = r4.U;
        if (t4) {
          r4.U = void 0;
          for (var f5 in t4) {
            var o5 = t4[f5];
            if (o5) o5.d();
          }
        }
      }
      var e4 = n3.__np;
      if (e4) {
        var u4 = n3.props;
        for (var a5 in e4) u4[a5] = e4[a5];
      }
      n3.__np = void 0;
    } else {
      var c4 = n3.__c;
      if (c4) {
        c4.__$f |= 8;
        var v4 = c4.__$u;
        if (v4) {
          c4.__$u = void 0;
          v4.d();
        }
      }
    }
    i4(n3);
  });
  b2("__h", function(i4, n3, r4, t4) {
    if (t4 < 3) n3.__$f |= 2;
    i4(n3, r4, t4);
  });
  x.prototype.shouldComponentUpdate = function(i4, n3) {
    if (this.__R) return true;
    var r4 = this.__$u, t4 = r4 && void 0 !== r4.s;
    for (var f5 in n3) return true;
    if (this.__f || "boolean" == typeof this.u && true === this.u) {
      var o5 = 2 & this.__$f;
      if (!(t4 || o5 || 4 & this.__$f)) return true;
      if (1 & this.__$f) return true;
    } else {
      if (!(t4 || 4 & this.__$f)) return true;
      if (3 & this.__$f) return true;
    }
    for (var e4 in i4) if ("__source" !== e4 && i4[e4] !== this.props[e4]) return true;
    for (var u4 in this.props) if (!(u4 in i4)) return true;
    return false;
  };
  function useSignal(i4, n3) {
    return w2(function() {
      return y3(i4, n3);
    }, []);
  }
  var A3 = function(i4) {
    queueMicrotask(function() {
      queueMicrotask(i4);
    });
  };
  function F3() {
    r3(function() {
      var i4;
      while (i4 = g4.shift()) h4.call(i4);
    });
  }
  function M() {
    if (1 === g4.push(this)) (n.requestAnimationFrame || A3)(F3);
  }

  // src/pure/arithmetic.ts
  var PARTS_OF_A_STEP = 1e6;
  var WHOLE = 2 ** 52;
  function roundEven(value) {
    if (value >= 0) return value < WHOLE ? value + WHOLE - WHOLE : value;
    return value > -WHOLE ? value - WHOLE + WHOLE : value;
  }
  function steps(level, scale) {
    return roundEven(interpolated(level, scale) * PARTS_OF_A_STEP);
  }
  function interpolated(level, scale) {
    const last = scale.length - 1;
    if (level >= scale[last]) return last;
    if (level <= scale[0]) return 0;
    let below = 0;
    while (below < last && scale[below + 1] <= level) below++;
    if (scale[below] === level) return below;
    return 1 / (scale[below + 1] - scale[below]) * (level - scale[below]) + below;
  }
  function levelsOf(values, attributes, count, distance, scale) {
    const starts2 = new Int32Array(values.length + 1);
    values.forEach((responses, item) => starts2[item + 1] = starts2[item] + responses.length);
    const columns2 = Array.from({ length: count }, () => null);
    attributes.forEach((attribute, place) => {
      const column = new Float64Array(starts2[values.length]);
      let row = 0;
      for (const responses of values)
        for (const levels of responses) {
          const level = levels[place];
          column[row++] = distance === "steps" ? steps(level, scale) : level;
        }
      columns2[attribute] = column;
    });
    return { distance, starts: starts2, columns: columns2 };
  }
  function lacking(levels, target2) {
    const missing = target2.find(([attribute]) => !levels.columns[attribute]);
    return missing ? missing[0] : null;
  }
  function distances(levels, target2, scale) {
    const inSteps = levels.distance === "steps";
    const least = inSteps ? Math.min(...target2.map(([, , weight]) => weight)) : 1;
    const unit = inSteps ? (scale.length - 1) * PARTS_OF_A_STEP : 1;
    const sums = new Float64Array(levels.starts[levels.starts.length - 1]);
    for (const [attribute, level, weight] of target2) {
      const column = levels.columns[attribute];
      if (!column) throw new Error(`there are no levels of attribute ${attribute}`);
      const wanted = inSteps ? steps(level, scale) : level;
      const relative = weight / least;
      for (let row = 0; row < sums.length; row++) {
        const difference = column[row] - wanted;
        const square = relative * (difference * difference);
        sums[row] = sums[row] + (inSteps ? roundEven(square) : square);
      }
    }
    for (let row = 0; row < sums.length; row++) sums[row] = Math.sqrt(sums[row] * least) / unit;
    return sums;
  }

  // src/pure/words.ts
  function letter(response) {
    return String.fromCharCode("A".charCodeAt(0) + response);
  }
  function percent(value) {
    return value === null ? "\u2013" : value.toFixed(1);
  }
  function decimals(value) {
    return value === null ? "\u2013" : value.toFixed(2);
  }
  function counted(count, one, many = `${one}s`) {
    return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  }
  var NAMED = 5;
  function someOf(texts2, longest) {
    const named = texts2.slice(0, NAMED).map((text) => beginning(text, longest));
    return texts2.length > NAMED ? [...named, `and ${(texts2.length - NAMED).toLocaleString("en")} more`] : named;
  }
  function beginning(text, longest) {
    return text.length > longest ? `${cut(text, longest)}\u2026` : text;
  }
  function cut(text, longest) {
    return text.slice(0, longest).replace(/[\ud800-\udbff]$/, "");
  }
  function isolated(name) {
    return /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name;
  }

  // src/pure/scale.ts
  var DIGITS = 12;
  function valueOf(level, { scale, shown: shown2 }) {
    const [lowest, highest] = shown2.range;
    return shown2.levels[scale.indexOf(level)] ?? lowest + level * (highest - lowest);
  }
  function written(level, dataset2) {
    return String(Number(valueOf(level, dataset2).toPrecision(DIGITS)));
  }
  function rounded(level, dataset2) {
    return decimals(level === null ? null : valueOf(level, dataset2));
  }

  // src/pure/target.ts
  var SMALLEST_WEIGHT = 1e-6;
  var LARGEST_WEIGHT = 1e6;
  function placeOf(target2, stored) {
    const own = stored.findIndex(({ levels }) => levels === target2);
    if (own >= 0) return own;
    const wanted = inOrder(target2);
    return stored.findIndex(({ levels }) => same(inOrder(levels), wanted));
  }
  function ordered(target2, stored) {
    return stored[placeOf(target2, stored)]?.levels ?? inOrder(target2);
  }
  function sameTarget(one, other) {
    return same(inOrder(one), inOrder(other));
  }
  function withLevel(target2, attribute, level, weight) {
    const others = target2.filter(([other]) => other !== attribute);
    return level === null ? others : inOrder([...others, [attribute, level, weight]]);
  }
  function inWords(target2, dataset2) {
    return target2.map(([place, level, weight]) => {
      const name = isolated(dataset2.attributes[place].name);
      const words = `${name} ${written(level, dataset2)}`;
      return weight === 1 ? words : `${words} (weight ${weight})`;
    }).join(", ");
  }
  function titleOf(target2, dataset2) {
    const found2 = dataset2.targets[placeOf(target2, dataset2.targets)];
    if (!found2) return inWords(target2, dataset2);
    return found2.name.includes("/") ? found2.name : found2.words;
  }
  function inOrder(target2) {
    return [...target2].sort(([one], [other]) => one - other);
  }
  function same(one, other) {
    return one.length === other.length && one.every((wanted, place) => wanted.every((value, part) => value === other[place][part]));
  }

  // src/pure/steering.ts
  var NO_PICK = -1;
  var LETTER_A = "a".charCodeAt(0);
  function labelLevels(dataset2) {
    const labels2 = dataset2.items.map((item) => item.labels);
    const every = dataset2.attributes.map((_4, attribute) => attribute);
    return levelsOf(labels2, every, every.length, dataset2.scoring.distance, dataset2.steps);
  }
  function predictor(dataset2, cell, data) {
    const { attributes, selection } = cell;
    const levels = data.levels ? levelsOf(data.levels, attributes, dataset2.attributes.length, selection.distance, dataset2.steps) : null;
    return { cell, levels, data };
  }
  function picksOf(dataset2, of, target2) {
    if (of.levels) {
      const missing = lacking(of.levels, target2);
      if (missing !== null) return `does not predict ${dataset2.attributes[missing].name}`;
      return nearestResponses(of.levels.starts, distances(of.levels, target2, dataset2.steps));
    }
    const { picks } = of.data;
    if (typeof picks === "string") return fromLetters(picks);
    const stored = picks?.[placeOf(target2, dataset2.targets)];
    return stored ? fromLetters(stored) : "picks for stored targets only";
  }
  function nearestResponses(starts2, ofResponses) {
    const count = starts2.length - 1;
    const picks = new Int16Array(count);
    const tied = new Uint8Array(count);
    for (let item = 0; item < count; item++) {
      const start = starts2[item];
      let best = start;
      for (let row = start + 1; row < starts2[item + 1]; row++) {
        const distance = ofResponses[row];
        if (distance < ofResponses[best]) {
          best = row;
          tied[item] = 0;
        } else if (distance === ofResponses[best]) tied[item] = 1;
      }
      picks[item] = best - start;
    }
    return { picks, tied, distances: ofResponses };
  }
  function fromLetters(letters) {
    const picks = new Int16Array(letters.length);
    for (let item = 0; item < letters.length; item++) {
      const place = letters.charCodeAt(item) - LETTER_A;
      picks[item] = place >= 0 ? place : NO_PICK;
    }
    return { picks, tied: new Uint8Array(letters.length), distances: null };
  }
  function labelsUnder(levels, target2, scale) {
    const ofResponses = distances(levels, target2, scale);
    const count = levels.starts.length - 1;
    const [nearest, farthest, scored] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
    for (let item = 0; item < count; item++) {
      let [least, most] = [Infinity, -Infinity];
      for (let row = levels.starts[item]; row < levels.starts[item + 1]; row++) {
        least = Math.min(least, ofResponses[row]);
        most = Math.max(most, ofResponses[row]);
      }
      nearest[item] = least;
      farthest[item] = most;
      scored[item] = most > least ? 1 : 0;
    }
    return { distances: ofResponses, nearest, farthest, scored };
  }
  function isRight(labels2, starts2, item, response) {
    return labels2.distances[starts2[item] + response] === labels2.nearest[item];
  }
  function correctness(labels2, starts2, picks) {
    return Uint8Array.from(
      picks,
      (pick, item) => labels2.scored[item] && pick !== NO_PICK && isRight(labels2, starts2, item, pick) ? 1 : 0
    );
  }
  function alignmentScore(labels2, starts2, picks) {
    let [sum, count] = [0, 0];
    picks.forEach((pick, item) => {
      if (!labels2.scored[item]) return;
      sum += 1 - labels2.distances[starts2[item] + pick] / labels2.farthest[item];
      count++;
    });
    return count ? 100 * sum / count : null;
  }
  function chance(labels2, starts2) {
    let [sum, count] = [0, 0];
    for (let item = 0; item < labels2.scored.length; item++) {
      if (!labels2.scored[item]) continue;
      const responses = starts2[item + 1] - starts2[item];
      let right = 0;
      for (let response = 0; response < responses; response++) if (isRight(labels2, starts2, item, response)) right++;
      sum += right / responses;
      count++;
    }
    return count ? 100 * sum / count : null;
  }

  // src/pure/find.ts
  function marks(labels2, columns2, all, everyWrong2) {
    const count = labels2.scored.length;
    const where = (test) => Uint8Array.from({ length: count }, (_4, item) => test(item) ? 1 : 0);
    const picking = columns2.filter(({ picks }) => picks);
    const isWrong = ({ picks, correct }, item) => labels2.scored[item] && picks.picks[item] !== NO_PICK && !correct[item];
    const isKnown = picking.every(({ orderSensitive: orderSensitive2 }) => orderSensitive2);
    return {
      wrong: where((item) => picking.some((column) => isWrong(column, item))),
      "all-wrong": where((item) => picking.length > 0 && picking.every((column) => isWrong(column, item))),
      "every-adm-wrong": everyWrong2,
      differ: where((item) => disagreement(all, item) > 0),
      flipped: where((item) => columns2.some((column) => isFlipped(column, item))),
      tied: where((item) => !labels2.scored[item]),
      "tie-break": where((item) => picking.some(({ picks }) => picks.tied[item])),
      order: isKnown ? where((item) => picking.some(({ orderSensitive: orderSensitive2 }) => orderSensitive2[item])) : null
    };
  }
  function isFlipped({ picks, before: before2 }, item) {
    return picks !== null && before2 !== null && picks.picks[item] !== before2.picks[item];
  }
  function disagreement(columns2, item) {
    const picks = columns2.flatMap(({ picks: picks2 }) => picks2 && picks2.picks[item] !== NO_PICK ? [picks2.picks[item]] : []);
    let [pairs, different] = [0, 0];
    for (let one = 0; one < picks.length; one++)
      for (let other = 0; other < one; other++) {
        pairs++;
        if (picks[one] !== picks[other]) different++;
      }
    return pairs ? different / pairs : 0;
  }
  function margin(picks, starts2, item) {
    if (!picks.distances) return null;
    const picked = starts2[item] + picks.picks[item];
    let next = Infinity;
    for (let row = starts2[item]; row < starts2[item + 1]; row++)
      if (row !== picked) next = Math.min(next, picks.distances[row]);
    return next - picks.distances[picked];
  }
  function smallestMargin(columns2, starts2, item) {
    const margins = columns2.flatMap(({ picks }) => picks ? [margin(picks, starts2, item)] : []);
    const known = margins.filter((value) => value !== null);
    return known.length ? Math.min(...known) : null;
  }
  function searchable(dataset2) {
    return dataset2.items.map(({ prompt, responses }) => [prompt, ...responses].join("\n").toLowerCase());
  }
  function atLevel(dataset2, { attribute, level }) {
    return Uint8Array.from(
      dataset2.items,
      ({ labels: labels2 }) => labels2.some((levels) => nearestLevel(dataset2.scale, levels[attribute]) === level) ? 1 : 0
    );
  }
  function nearestLevel(scale, level) {
    return scale.reduce((best, other) => Math.abs(other - level) < Math.abs(best - level) ? other : best);
  }
  function found(passing, texts2, text) {
    const wanted = text.trim().toLowerCase();
    return texts2.flatMap(
      (own, item) => passing.every((of) => of[item]) && (!wanted || own.includes(wanted)) ? [item] : []
    );
  }
  function sorted(items2, sort, columns2, all, starts2) {
    if (sort === "item") return [...items2];
    const key = (item) => sort === "margin" ? smallestMargin(columns2, starts2, item) ?? Infinity : -disagreement(all, item);
    const keys = new Map(items2.map((item) => [item, key(item)]));
    return [...items2].sort((one, other) => keys.get(one) - keys.get(other) || one - other);
  }

  // src/pure/csv.ts
  function rowsAsCsv(dataset2, columns2, items2, target2, labels2, starts2) {
    const wanted = inWords(target2, dataset2);
    const names = columns2.map(({ cell }) => `${cell.experiment}/${cell.adm}`);
    const heads = names.flatMap((name) => [`${name} pick`, `${name} correct`, `${name} margin`]);
    const lines = items2.map((item) => {
      const { prompt, responses } = dataset2.items[item];
      const scored = labels2.scored[item] === 1;
      const right = responses.flatMap((_4, response) => isRight(labels2, starts2, item, response) ? [letter(response)] : []);
      return [item, prompt, wanted, scored, right.join(" "), ...columns2.flatMap((column) => ofColumn(column, item, scored, starts2))];
    });
    return [["item", "prompt", "target", "scored", "nearest by label", ...heads], ...lines].map(asLine).join("");
  }
  function ofColumn({ picks, correct }, item, scored, starts2) {
    const pick = picks?.picks[item] ?? NO_PICK;
    if (!picks || pick === NO_PICK) return [null, null, null];
    return [letter(pick), scored ? correct?.[item] === 1 : null, margin(picks, starts2, item)];
  }
  function asLine(values) {
    return `${values.map((value) => quoted(typeof value === "string" ? unread(value) : String(value ?? ""))).join(",")}\r
`;
  }
  function unread(text) {
    return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  }
  function quoted(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  // node_modules/preact/jsx-runtime/dist/jsxRuntime.mjs
  var f4 = /* @__PURE__ */ Symbol.for("pv");
  var o4 = 0;
  function a4(t4, e4, n3, u4, a5, i4) {
    e4 || (e4 = {});
    var c4, l4, p5 = e4;
    if ("ref" in p5 && "function" != typeof t4) for (l4 in p5 = {}, e4) "ref" == l4 ? c4 = e4[l4] : p5[l4] = e4[l4];
    var s4 = { type: t4, props: p5, key: n3, ref: c4, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: f4, __v: --o4, __i: -1, __u: 0 };
    return (a5 || i4) && (s4.__source = a5, s4.__self = i4), n.vnode && n.vnode(s4), s4;
  }

  // src/page/Dialog.tsx
  var open = y3("");
  function openDialog(id) {
    open.value = id;
  }
  function Dialog({ id, title, children }) {
    const dialog = T2(null);
    const isOpen = open.value === id;
    F2(() => {
      if (isOpen) dialog.current?.showModal();
    }, [isOpen]);
    return /* @__PURE__ */ a4(
      "dialog",
      {
        id,
        ref: dialog,
        "aria-labelledby": `${id}-title`,
        onClose: () => open.value = "",
        onClick: (event) => event.target === event.currentTarget && event.currentTarget.close(),
        children: isOpen && /* @__PURE__ */ a4("form", { method: "dialog", class: "dialog", children: [
          /* @__PURE__ */ a4("header", { children: [
            /* @__PURE__ */ a4("h2", { id: `${id}-title`, children: title }),
            /* @__PURE__ */ a4("button", { class: "quiet", "aria-label": "Close", title: "Close (Escape)", children: "\u2715" })
          ] }),
          children
        ] })
      }
    );
  }

  // src/pure/format.ts
  var FORMAT = 1;

  // src/pure/intervals.ts
  var PRIOR_PROMPTS = 3;
  var NO_VARIANCE = 1e-15;
  var ONE = 1 + 1e-9;
  function score(dataset2, labels2, starts2, picks) {
    const counts2 = byPrompt(dataset2, correctness(labels2, starts2, picks), labels2.scored);
    const n_scored = total(counts2.scored);
    const n_tied = labels2.scored.length - n_scored;
    if (!n_scored) return { n_scored, n_tied, accuracy: null, low: null, high: null, alignment_score: null };
    const [low, high] = interval(counts2, dataset2.critical, dataset2.poisson) ?? [null, null];
    const accuracy = 100 * total(counts2.correct) / n_scored;
    return { n_scored, n_tied, accuracy, low, high, alignment_score: alignmentScore(labels2, starts2, picks) };
  }
  function byPrompt(dataset2, correct, scored) {
    const prompts = 1 + dataset2.items.reduce((most, item) => Math.max(most, item.cluster), -1);
    const counts2 = { correct: new Float64Array(prompts), scored: new Float64Array(prompts) };
    dataset2.items.forEach(({ cluster }, item) => {
      counts2.correct[cluster] = counts2.correct[cluster] + correct[item];
      counts2.scored[cluster] = counts2.scored[cluster] + scored[item];
    });
    return counts2;
  }
  function interval(counts2, critical, poisson) {
    const all = total(counts2.scored);
    const share = total(counts2.correct) / all;
    const weights = counts2.scored.map((scored) => scored / all);
    const influences = counts2.correct.map((correct, prompt) => correct / all - share * weights[prompt]);
    const freedom = weights.filter((weight) => weight > 0).length - 1;
    if (freedom < 1) return null;
    const size = effectiveSize(share, squares(influences), 1 / squares(weights));
    return wilson(share, size, critical[freedom], poisson[freedom]);
  }
  function effectiveSize(share, variance, prompts) {
    const rarer = Math.min(share, 1 - share) ** 2;
    const alike = rarer < NO_VARIANCE;
    const raw = alike ? prompts : share * (1 - share) / Math.max(variance, NO_VARIANCE);
    const spread = alike ? 0 : prompts * (rarer / (rarer + prompts * variance));
    if (raw <= prompts) return raw;
    return Math.exp((spread * Math.log(raw) + PRIOR_PROMPTS * Math.log(prompts)) / (spread + PRIOR_PROMPTS));
  }
  function wilson(share, size, quantile, poisson) {
    const squared = quantile * quantile / size;
    const middle = (share + squared / 2) / (1 + squared);
    const half = quantile / (1 + squared) * Math.sqrt(share * (1 - share) / size + squared / (4 * size));
    let [low, high] = [middle - half, middle + half];
    if (size * share <= ONE) low = Math.min(low, poisson * share);
    if (size * (1 - share) <= ONE) high = Math.max(high, 1 - poisson * (1 - share));
    return [100 * Math.min(Math.max(low, 0), share), 100 * Math.max(Math.min(high, 1), share)];
  }
  function total(values) {
    return values.reduce((sum, value) => sum + value, 0);
  }
  function squares(values) {
    return values.reduce((sum, value) => sum + value * value, 0);
  }

  // src/pure/link.ts
  var FILTERS = ["wrong", "all-wrong", "every-adm-wrong", "differ", "flipped", "tied", "tie-break", "order"];
  var SORTS = ["item", "margin", "disagreement"];
  var KEYS = ["dataset", "columns", "target", "against", "before", "show", "in", "level", "text", "sort", "item"];
  var MOST_COLUMNS = 6;
  var DEFAULT_COLUMNS = 4;
  function opening(dataset2) {
    return {
      dataset: dataset2.name,
      columns: null,
      target: dataset2.targets[0]?.levels ?? [[0, 1, 1]],
      before: null,
      pinned: false,
      filters: [],
      only: null,
      atLevel: null,
      text: "",
      sort: "item",
      item: null
    };
  }
  function linkOf(view2, dataset2) {
    const nameOf = (place) => `${dataset2.cells[place].experiment}/${dataset2.cells[place].adm}`;
    const parts = [
      ["dataset", view2.dataset],
      ["columns", view2.columns?.map(nameOf).join(",") ?? null],
      ["target", targetText(view2.target, dataset2)],
      [view2.pinned ? "against" : "before", view2.before && targetText(view2.before, dataset2)],
      ["show", view2.filters.join(",") || null],
      ["in", view2.only === null ? null : nameOf(view2.only)],
      ["level", view2.atLevel && `${attributeText(view2.atLevel.attribute, dataset2)}:${view2.atLevel.level}`],
      ["text", view2.text || null],
      ["sort", view2.sort === "item" ? null : view2.sort],
      ["item", view2.item === null ? null : String(view2.item)]
    ];
    const given = parts.filter((part) => part[1] !== null);
    return new URLSearchParams(given).toString().replace(/%(2F|2C|3A)/g, (code) => decodeURIComponent(code));
  }
  function datasetOf(link) {
    return new URLSearchParams(link).get("dataset");
  }
  function viewOf(link, dataset2) {
    const given = new URLSearchParams(link);
    const view2 = opening(dataset2);
    const leftOut2 = [...given].filter(([key]) => !KEYS.includes(key)).map(([key, text]) => `${key}=${text}`);
    function read(key, of) {
      const text = given.get(key);
      const found2 = text === null ? null : of(text);
      if (text !== null && found2 === null) leftOut2.push(`${key} ${text}`);
      return found2;
    }
    function each(key, of) {
      const known2 = /* @__PURE__ */ new Set();
      for (const text of list(given.get(key))) {
        const found2 = of(text);
        if (found2 === null) leftOut2.push(`${key} ${text}`);
        else known2.add(found2);
      }
      return [...known2];
    }
    const known = each("columns", (name) => cellOf(name, dataset2));
    if (known.length > MOST_COLUMNS) leftOut2.push(`columns beyond ${MOST_COLUMNS}`);
    const columns2 = known.length || given.get("columns") === "" ? known.slice(0, MOST_COLUMNS) : null;
    const shown2 = columns2 ?? firstColumns(dataset2);
    const filters = each("show", (name) => FILTERS.find((filter) => filter === name) ?? null);
    const against = read("against", (text) => targetOf(text, dataset2));
    return {
      view: {
        ...view2,
        columns: columns2,
        target: read("target", (text) => targetOf(text, dataset2)) ?? view2.target,
        before: against ?? read("before", (text) => targetOf(text, dataset2)),
        pinned: against !== null,
        filters: FILTERS.filter((filter) => filters.includes(filter)),
        only: read("in", (name) => shown2.find((place) => place === cellOf(name, dataset2)) ?? null),
        atLevel: read("level", (text) => atLevelOf(text, dataset2)),
        text: given.get("text") ?? "",
        sort: read("sort", (text) => SORTS.find((sort) => sort === text) ?? null) ?? view2.sort,
        item: read("item", (text) => /^\d+$/.test(text) && Number(text) < dataset2.items.length ? Number(text) : null)
      },
      leftOut: [...new Set(leftOut2)]
    };
  }
  function firstColumns({ cells }) {
    const rank = ({ role, decides }) => role !== "contender" ? 2 : decides === "levels" ? 0 : 1;
    const places = cells.map((_4, place) => place);
    const inOrder2 = places.sort((one, other) => rank(cells[one]) - rank(cells[other]) || one - other);
    return inOrder2.slice(0, DEFAULT_COLUMNS).sort((one, other) => one - other);
  }
  function list(text) {
    return text ? text.split(",") : [];
  }
  function cellOf(name, dataset2) {
    const place = dataset2.cells.findIndex(({ experiment, adm }) => `${experiment}/${adm}` === name);
    return place < 0 ? null : place;
  }
  function targetText(target2, dataset2) {
    const stored = dataset2.targets.find(({ levels }) => levels === target2);
    if (stored) return stored.name;
    return target2.map(([place, level, weight]) => [attributeText(place, dataset2), level, ...weight === 1 ? [] : [weight]].join(":")).join(",");
  }
  function targetOf(text, dataset2) {
    const stored = dataset2.targets.find(({ name }) => name === text);
    if (stored) return stored.levels;
    const wanted = list(text).map((part) => {
      const [name, level, weight = "1"] = part.split(":");
      return [attributeOf(name, dataset2), numberOf(level), numberOf(weight)];
    });
    const isFit = wanted.every(
      ([place, level, weight]) => place >= 0 && level >= 0 && level <= 1 && weight >= SMALLEST_WEIGHT && weight <= LARGEST_WEIGHT
    );
    const isOnce = new Set(wanted.map(([place]) => place)).size === wanted.length;
    return wanted.length && isFit && isOnce ? ordered(wanted, dataset2.targets) : null;
  }
  function atLevelOf(text, dataset2) {
    const [name, level] = text.split(":");
    const attribute = attributeOf(name, dataset2);
    return attribute >= 0 && dataset2.scale.includes(numberOf(level)) ? { attribute, level: numberOf(level) } : null;
  }
  function numberOf(text = "") {
    return /^\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  }
  function attributeText(place, dataset2) {
    return dataset2.attributes[place].name.replace(/[%:,]/g, encodeURIComponent);
  }
  function attributeOf(text, dataset2) {
    return dataset2.attributes.findIndex((_4, place) => attributeText(place, dataset2) === text);
  }

  // src/pure/samples.ts
  function orderSensitivity(dataset2, cell, samples) {
    const under = cell.decides === "levels" ? fromScores(dataset2, cell, samples) : fromVotes(dataset2, cell, samples);
    return (target2) => {
      const seenOf = under(target2);
      return Uint8Array.from(dataset2.items, (_4, item) => {
        const seen2 = seenOf(item);
        const isMoved = ({ pick, order }) => seen2.some((other) => other.order !== order && other.pick !== pick);
        return seen2.some(isMoved) ? 1 : 0;
      });
    };
  }
  function fromVotes(dataset2, cell, samples) {
    return (target2) => {
      const place = placeOf(target2, dataset2.targets);
      const ofTarget = (values) => (cell.decides === "targets" ? values?.[place] : values) ?? null;
      const votes = ofTarget(samples.votes) ?? [];
      const shown2 = ofTarget(samples.shown);
      const picks = votes.map((letters) => fromLetters(letters).picks);
      return (item) => picks.flatMap((of, sample) => seen(of[item], [shown2?.[sample]?.[item] ?? -1]));
    };
  }
  function fromScores(dataset2, cell, samples) {
    const { attributes, selection } = cell;
    const shown2 = samples.shown;
    const scores = samples.scores ?? [];
    const prepared = scores.map((ofItems) => {
      const numbers = ofItems.map(
        (responses, item) => (responses ?? dataset2.items[item].responses.map(() => [])).map((levels) => attributes.map((_4, place) => levels[place] ?? 0))
      );
      return levelsOf(numbers, attributes, dataset2.attributes.length, selection.distance, dataset2.steps);
    });
    return (target2) => {
      const places = target2.map(([attribute]) => attributes.indexOf(attribute));
      if (places.includes(-1)) return () => [];
      const picks = prepared.map((levels) => nearestResponses(levels.starts, distances(levels, target2, dataset2.steps)).picks);
      const isWhole = (responses) => responses?.every((levels) => places.every((place) => levels[place] !== null));
      return (item) => picks.flatMap(
        (of, sample) => isWhole(scores[sample][item]) ? seen(of[item], places.map((place) => shown2?.[sample]?.[item]?.[place] ?? -1)) : []
      );
    };
  }
  function seen(pick, orders) {
    return pick === NO_PICK || orders.includes(-1) ? [] : [{ pick, order: orders.join(" ") }];
  }

  // src/pure/decode.ts
  var BITS = 15;
  var FIRST = 16384;
  async function decoded(payload) {
    const stream = new Blob([unpacked(payload)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }
  function unpacked(payload) {
    const dropped = payload.charCodeAt(0) - FIRST;
    const bytes = new Uint8Array(Math.floor((payload.length - 1) * BITS / 8) - dropped);
    let [bits, count, place] = [0, 0, 0];
    for (let letter2 = 1; letter2 < payload.length; letter2++) {
      bits = bits << BITS | payload.charCodeAt(letter2) - FIRST;
      for (count += BITS; count >= 8 && place < bytes.length; place++) {
        count -= 8;
        bytes[place] = bits >> count & 255;
      }
      bits &= (1 << count) - 1;
    }
    return bytes;
  }

  // src/page/load.ts
  var KEPT = 48;
  var arrived = /* @__PURE__ */ new Map();
  var kept = /* @__PURE__ */ new Map();
  window.explorerData = (path, payload) => void arrived.set(path, payload);
  async function load(path) {
    const lost = (how) => new Error(`data/${path}.js ${how}; copy the whole folder of this page`);
    if (!await isRun(`data/${path.split("/").map(encodeURIComponent).join("/")}.js`)) throw lost("cannot be read");
    const payload = arrived.get(path);
    arrived.delete(path);
    try {
      return await decoded(payload);
    } catch {
      throw lost("is cut off or damaged");
    }
  }
  function loadOnce(path) {
    const found2 = kept.get(path) ?? load(path);
    kept.delete(path);
    kept.set(path, found2);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== void 0) kept.delete(oldest);
    found2.catch(() => kept.delete(path));
    return found2;
  }
  function isRun(source) {
    const script = document.createElement("script");
    script.src = source;
    const done = new Promise((resolve) => {
      script.onload = () => resolve(true);
      script.onerror = () => resolve(false);
    });
    document.head.append(script);
    return done.finally(() => script.remove());
  }

  // src/page/state.ts
  var study = y3(null);
  var opened = y3(null);
  var shown = y3(null);
  var problem = y3("");
  var leftOut = y3([]);
  var dataset = O(() => opened.value);
  var view = O(() => shown.value);
  var predictors = y3(/* @__PURE__ */ new Map());
  var sensitivities = y3(/* @__PURE__ */ new Map());
  var SETTLING_MS = 150;
  var firstPlaces = O(() => firstColumns(dataset.value));
  var columnPlaces = O(() => view.value.columns ?? firstPlaces.value);
  var target = O(() => view.value.target);
  var before = O(() => view.value.before);
  var labelTable = O(() => labelLevels(dataset.value));
  var starts = O(() => labelTable.value.starts);
  var texts = O(() => searchable(dataset.value));
  var labels = O(() => labelsUnder(labelTable.value, target.value, dataset.value.steps));
  var chanceAccuracy = O(() => chance(labels.value, starts.value));
  var accuracies = O(() => {
    const all = /* @__PURE__ */ new Map();
    for (const [place, of] of predictors.value) {
      const picks = asPicks(picksOf(dataset.value, of, target.value));
      if (picks) all.set(place, score(dataset.value, labels.value, starts.value, picks.picks).accuracy);
    }
    return all;
  });
  var columns = O(() => columnPlaces.value.map(columnOf));
  function columnOf(place) {
    const cell = dataset.value.cells[place];
    const of = predictors.value.get(place);
    const picks = of ? picksOf(dataset.value, of, target.value) : problem.value ? "cannot be read" : "loading";
    const earlier = of && before.value ? picksOf(dataset.value, of, before.value) : null;
    const column = { place, cell, reason: "", score: null, flips: null, before: asPicks(earlier), orderSensitive: null };
    if (typeof picks === "string") return { ...column, reason: picks, picks: null, correct: null };
    const correct = correctness(labels.value, starts.value, picks.picks);
    const whole = {
      ...column,
      picks,
      correct,
      orderSensitive: orderSensitive.value.get(place) ?? null,
      score: score(dataset.value, labels.value, starts.value, picks.picks)
    };
    return { ...whole, flips: whole.before && countFlips(whole, whole.before) };
  }
  function asPicks(picks) {
    return typeof picks === "string" ? null : picks;
  }
  function countFlips(column, earlier) {
    const wasCorrect = correctness(labels.value, starts.value, earlier.picks);
    const flips = { all: 0, toRight: 0, toWrong: 0 };
    for (let item = 0; item < wasCorrect.length; item++) {
      if (!isFlipped(column, item)) continue;
      flips.all++;
      if (column.correct[item] > wasCorrect[item]) flips.toRight++;
      if (column.correct[item] < wasCorrect[item]) flips.toWrong++;
    }
    return flips;
  }
  var lookedAt = O(
    () => view.value.only === null ? columns.value : columns.value.filter(({ place }) => place === view.value.only)
  );
  var atRest = y3(null);
  var settling;
  x2(() => {
    const next = shown.value?.target ?? null;
    clearTimeout(settling);
    settling = setTimeout(() => atRest.value = next, SETTLING_MS);
  });
  var restingFor = Object.fromEntries(
    FILTERS.map((filter) => [filter, O(() => view.value.filters.includes(filter) ? target.value : atRest.value)])
  );
  var orderSensitive = O(() => {
    const wanted = restingFor.order.value;
    const known = wanted ? columnPlaces.value.filter((place) => sensitivities.value.has(place)) : [];
    return new Map(known.map((place) => [place, sensitivities.value.get(place)(wanted)]));
  });
  var contenders = O(() => {
    const { cells } = dataset.value;
    return cells.flatMap(({ role }, place) => role === "contender" ? [place] : []);
  });
  var ofContenders = O(() => {
    const wanted = restingFor["every-adm-wrong"].value;
    if (!wanted || contenders.value.some((place) => !predictors.value.has(place))) return null;
    const of = labelsUnder(labelTable.value, wanted, dataset.value.steps);
    const picking = contenders.value.flatMap((place) => asPicks(picksOf(dataset.value, predictors.value.get(place), wanted)) ?? []);
    const correct = picking.map(({ picks }) => correctness(of, starts.value, picks));
    const allWrong = of.scored.map((scored, item) => scored && picking.length && correct.every((one) => !one[item]) ? 1 : 0);
    return { picking: picking.length, allWrong };
  });
  var everyWrong = O(() => ofContenders.value?.allWrong ?? null);
  var hasContenders = O(() => contenders.value.length > 0);
  var nPicking = O(() => ofContenders.value?.picking ?? contenders.value.length);
  var marked = O(() => marks(labels.value, lookedAt.value, columns.value, everyWrong.value));
  var wantedLevel = O(() => view.value.atLevel);
  var wantedText = O(() => view.value.text);
  var levelMarks = O(() => wantedLevel.value ? [atLevel(dataset.value, wantedLevel.value)] : []);
  var candidates = O(() => found(levelMarks.value, texts.value, wantedText.value));
  var counts = O(
    () => FILTERS.map((filter) => {
      const of = marked.value[filter];
      return of && candidates.value.reduce((count, item) => count + of[item], 0);
    })
  );
  var items = O(() => {
    const chosen = view.value.filters.map((filter) => marked.value[filter]);
    const passing = candidates.value.filter((item) => chosen.every((of) => of?.[item]));
    return sorted(passing, view.value.sort, lookedAt.value, columns.value, starts.value);
  });
  async function openStudy() {
    const loaded = await load("study");
    if (loaded.format !== FORMAT) throw new Error(`the data has format ${loaded.format}, this page reads ${FORMAT}; write both again`);
    study.value = { ...loaded, name: isolated(loaded.name), note: isolated(loaded.note) };
    return loaded;
  }
  async function openDataset(name) {
    const loaded = await load(`${name}/dataset`);
    const cells = loaded.cells.map((cell) => ({
      ...cell,
      adm_label: isolated(cell.adm_label),
      experiment_label: isolated(cell.experiment_label)
    }));
    return { ...loaded, label: isolated(loaded.label), cells };
  }
  async function loadCells(places) {
    await loadInto(predictors, places, (name, place) => load(`${name}/cells/${place}`), predictor);
  }
  async function loadSensitivities() {
    const read = (name, place) => loadOnce(`${name}/samples/${place}`);
    await loadInto(sensitivities, columnPlaces.value, read, orderSensitivity);
  }
  async function loadInto(into, places, read, make) {
    const of = dataset.value;
    const missing = places.filter((place) => !into.value.has(place));
    const results = await Promise.allSettled(missing.map((place) => read(of.name, place)));
    if (opened.value !== of || !missing.length) return;
    const added = results.flatMap((result, index) => {
      const place = missing[index];
      return result.status === "fulfilled" ? [[place, make(of, of.cells[place], result.value)]] : [];
    });
    into.value = new Map([...into.value, ...added]);
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
  function forget() {
    predictors.value = /* @__PURE__ */ new Map();
    sensitivities.value = /* @__PURE__ */ new Map();
  }

  // src/page/Notices.tsx
  var LONGEST = 60;
  function Notices() {
    return /* @__PURE__ */ a4($, { children: [
      problem.value && /* @__PURE__ */ a4("p", { class: "notice", role: "alert", children: problem.value }),
      leftOut.value.length > 0 && /* @__PURE__ */ a4("p", { class: "notice", role: "status", children: [
        "Left out of the link, as this copy does not have it or cannot read it: ",
        someOf(leftOut.value, LONGEST).map((part, place) => /* @__PURE__ */ a4("span", { children: [
          place > 0 && ", ",
          /* @__PURE__ */ a4("bdi", { children: part })
        ] }, place)),
        " ",
        /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => leftOut.value = [], children: "Close" })
      ] })
    ] });
  }

  // src/page/taking.ts
  function download(name, text, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1e3);
  }
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copiedFromField(text);
    }
  }
  function copiedFromField(text) {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    return isDone;
  }

  // src/page/Header.tsx
  function Header() {
    const { name, note, datasets } = study.value;
    return /* @__PURE__ */ a4("header", { class: "top", children: [
      /* @__PURE__ */ a4("div", { class: "title", children: [
        /* @__PURE__ */ a4("h1", { children: "Steering explorer" }),
        /* @__PURE__ */ a4("p", { children: [name, note].filter(Boolean).join(" \xB7 ") })
      ] }),
      datasets.length > 1 && /* @__PURE__ */ a4("nav", { class: "tabs", "aria-label": "Dataset", children: datasets.map((one) => /* @__PURE__ */ a4("a", { href: `#dataset=${encodeURIComponent(one.name)}`, "aria-current": one.name === view.value.dataset ? "page" : void 0, children: one.label }, one.name)) }),
      /* @__PURE__ */ a4("div", { class: "tools", children: [
        /* @__PURE__ */ a4(CopyButton, { label: "Copy link", text: () => location.href }),
        /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: saveRows, title: "The rows that the filters leave, as a table for a spreadsheet", children: "Rows as CSV" }),
        /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => openDialog("keys"), "aria-label": "Keys and marks", title: "Keys and marks (?)", children: "?" })
      ] }),
      /* @__PURE__ */ a4(Notices, {})
    ] });
  }
  function CopyButton({ label, text }) {
    const said2 = useSignal("");
    const press = async () => {
      said2.value = await copy(text()) ? "Copied" : "Copy by hand";
      setTimeout(() => said2.value = "", 1500);
    };
    return /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: press, children: /* @__PURE__ */ a4("span", { "aria-live": "polite", children: said2.value || label }) });
  }
  function saveRows() {
    const text = rowsAsCsv(dataset.value, columns.value, items.value, target.value, labels.value, starts.value);
    download(`${view.value.dataset}_${items.value.length}_items.csv`, text, "text/csv");
  }

  // src/page/navigate.ts
  function show(change, isStep = true) {
    leftOut.value = [];
    shown.value = { ...view.value, ...change };
    keepLink(isStep);
    void bring();
  }
  function keepLink(isStep) {
    const link = `#${linkOf(view.value, dataset.value)}`;
    if (link === location.hash) return;
    if (isStep) history.pushState(null, "", link);
    else history.replaceState(null, "", link);
  }
  function itemLink(item) {
    return `#${linkOf({ ...view.value, item }, dataset.value)}`;
  }
  var resting = null;
  function steer(wanted, isDragged = false) {
    const next = ordered(wanted, dataset.value.targets);
    const from = resting ?? target.value;
    resting = isDragged ? from : null;
    const isMoved = !sameTarget(from, next);
    const change = { target: next, ...view.value.pinned || !isMoved ? {} : { before: from } };
    if (isDragged) shown.value = { ...view.value, ...change };
    else show(change);
  }
  function toggle(filter) {
    const { filters } = view.value;
    show({ filters: filters.includes(filter) ? filters.filter((other) => other !== filter) : [...filters, filter] });
  }
  function toggleColumn(place) {
    const places = columnPlaces.value;
    const next = places.includes(place) ? places.filter((other) => other !== place) : [...places, place];
    if (next.length > MOST_COLUMNS) return;
    show({ columns: next, only: view.value.only !== null && next.includes(view.value.only) ? view.value.only : null });
  }
  function moveColumn(place, by) {
    const places = [...columnPlaces.value];
    const from = places.indexOf(place);
    const other = places[from + by];
    if (other === void 0) return;
    places[from + by] = place;
    places[from] = other;
    show({ columns: places });
  }
  function step(by) {
    const at = items.value.indexOf(view.value.item ?? -1);
    const next = items.value[at < 0 ? 0 : at + by];
    if (next !== void 0) show({ item: next }, false);
  }
  async function follow() {
    try {
      const { datasets } = study.value ?? await openStudy();
      const link = location.hash.slice(1);
      const named = datasetOf(link);
      const found2 = datasets.find((one) => one.name === named);
      const name = (found2 ?? datasets[0])?.name;
      if (name === void 0) throw new Error("the study has no decisions to show");
      const of = opened.value?.name === name ? opened.value : await openDataset(name);
      if (link !== location.hash.slice(1)) return;
      const isElsewhere = named !== null && !found2;
      const read = viewOf(isElsewhere ? "" : link, of);
      r3(() => {
        if (opened.value !== of) forget();
        problem.value = "";
        opened.value = of;
        shown.value = read.view;
        leftOut.value = isElsewhere ? [`dataset ${named}`] : read.leftOut;
      });
      resting = null;
      await bring();
    } catch (error) {
      problem.value = said(error);
    }
  }
  async function bring() {
    try {
      await loadCells(columnPlaces.value);
      if (view.value.filters.includes("order")) await loadSensitivities();
      whenIdle(() => void bringRest());
    } catch (error) {
      problem.value = said(error);
    }
  }
  async function bringRest() {
    try {
      await loadCells(dataset.value.cells.map((_4, place) => place));
      await loadSensitivities();
    } catch (error) {
      problem.value = said(error);
    }
  }
  function whenIdle(then) {
    if ("requestIdleCallback" in window) requestIdleCallback(then, { timeout: 2e3 });
    else setTimeout(then, 200);
  }
  function said(error) {
    return error instanceof Error ? error.message : String(error);
  }

  // src/page/ColumnHeads.tsx
  function ColumnHeads({ isTable }) {
    const { items: all } = dataset.value;
    const tied = labels.value.scored.reduce((count, scored) => count + (scored ? 0 : 1), 0);
    const role = (name) => isTable ? name : void 0;
    return /* @__PURE__ */ a4("div", { class: "heads", role: isTable ? "rowgroup" : void 0, children: /* @__PURE__ */ a4("div", { class: "grid", role: role("row"), "aria-rowindex": isTable ? 1 : void 0, children: [
      /* @__PURE__ */ a4("div", { class: "head first", role: role("columnheader"), children: [
        /* @__PURE__ */ a4("p", { class: "eyebrow", title: titleOf(target.value, dataset.value), children: titleOf(target.value, dataset.value) }),
        /* @__PURE__ */ a4("p", { class: "shown", children: [
          /* @__PURE__ */ a4("strong", { children: items.value.length.toLocaleString("en") }),
          " of ",
          counted(all.length, "item")
        ] }),
        /* @__PURE__ */ a4("p", { class: "eyebrow", children: tied ? `${tied.toLocaleString("en")} tied, not scored` : "all scored" }),
        columns.value.length < MOST_COLUMNS && /* @__PURE__ */ a4("button", { type: "button", class: "add", onClick: () => openDialog("chooser"), children: "Columns" }),
        columns.value.length === MOST_COLUMNS && /* @__PURE__ */ a4("button", { type: "button", class: "add", onClick: () => openDialog("chooser"), children: [
          "Columns (",
          MOST_COLUMNS,
          " at most)"
        ] })
      ] }),
      columns.value.map((column, place) => /* @__PURE__ */ a4(Head, { column, place, role: role("columnheader") }, column.place))
    ] }) });
  }
  function Head({ column, place, role }) {
    const { cell, score: score2, flips, reason } = column;
    const name = `${cell.adm_label}, ${cell.experiment_label}`;
    return /* @__PURE__ */ a4("div", { class: "head", role, style: { "--own": cell.colour }, children: [
      /* @__PURE__ */ a4("h2", { title: name, children: cell.adm_label }),
      /* @__PURE__ */ a4("p", { class: "experiment", title: cell.model ?? void 0, children: [
        cell.experiment_label,
        cell.imported ? " (imported)" : ""
      ] }),
      score2 ? /* @__PURE__ */ a4($, { children: [
        /* @__PURE__ */ a4("p", { class: "accuracy", children: [
          /* @__PURE__ */ a4("strong", { children: percent(score2.accuracy) }),
          score2.accuracy !== null && /* @__PURE__ */ a4("span", { children: "%" }),
          score2.low !== null && /* @__PURE__ */ a4("span", { class: "range", children: [
            percent(score2.low),
            "\u2013",
            percent(score2.high)
          ] })
        ] }),
        /* @__PURE__ */ a4(Interval, { column }),
        flips && /* @__PURE__ */ a4(Flips, { column, flips })
      ] }) : /* @__PURE__ */ a4("p", { class: "reason", children: reason === "loading" ? "loading .." : reason }),
      /* @__PURE__ */ a4(Moves, { column, place, name })
    ] });
  }
  function Interval({ column: { score: score2 } }) {
    if (!score2 || score2.accuracy === null) return null;
    const chance2 = chanceAccuracy.value;
    return /* @__PURE__ */ a4("div", { class: "interval", "aria-hidden": "true", children: [
      chance2 !== null && /* @__PURE__ */ a4("i", { class: "chance", style: { left: `${chance2}%` }, title: `a random pick: ${percent(chance2)}%` }),
      score2.low !== null && /* @__PURE__ */ a4("i", { class: "bar", style: { left: `${score2.low}%`, width: `${score2.high - score2.low}%` } }),
      /* @__PURE__ */ a4("i", { class: "dot", style: { left: `${score2.accuracy}%` } })
    ] });
  }
  function Flips({ column: { place }, flips }) {
    const isOn = view.value.only === place && view.value.filters.includes("flipped");
    const others = view.value.filters.filter((filter) => filter !== "flipped");
    const details = `${flips.toRight} now right, ${flips.toWrong} now wrong`;
    return /* @__PURE__ */ a4(
      "button",
      {
        type: "button",
        class: "flips",
        "aria-pressed": isOn,
        title: `${details}; show them`,
        onClick: () => show(isOn ? { filters: others, only: null } : { filters: [...others, "flipped"], only: place, item: null }),
        children: [
          flips.all,
          " flipped",
          flips.all > 0 && /* @__PURE__ */ a4("small", { children: [
            " +",
            flips.toRight,
            " \u2212",
            flips.toWrong
          ] })
        ]
      }
    );
  }
  function Moves({ column: { place: cell }, place, name }) {
    const bar = T2(null);
    const pressed = T2(null);
    A2(() => {
      if (pressed.current === null) return;
      const buttons = [...bar.current.querySelectorAll("button")];
      (buttons[pressed.current]?.disabled ? buttons.find((one) => !one.disabled) : buttons[pressed.current])?.focus();
      pressed.current = null;
    }, [place]);
    const move2 = (by, button) => {
      pressed.current = button;
      moveColumn(cell, by);
    };
    return /* @__PURE__ */ a4("div", { class: "moves", ref: bar, children: [
      /* @__PURE__ */ a4("button", { type: "button", disabled: place === 0, "aria-label": `move ${name} to the left`, title: "to the left", onClick: () => move2(-1, 0), children: "\u2039" }),
      /* @__PURE__ */ a4("button", { type: "button", disabled: place === columns.value.length - 1, "aria-label": `move ${name} to the right`, title: "to the right", onClick: () => move2(1, 1), children: "\u203A" }),
      /* @__PURE__ */ a4("button", { type: "button", "aria-label": `take ${name} away`, title: "take away", onClick: () => toggleColumn(cell), children: "\u2715" })
    ] });
  }

  // src/page/ColumnChooser.tsx
  function ColumnChooser() {
    return /* @__PURE__ */ a4(Dialog, { id: "chooser", title: `Columns, ${MOST_COLUMNS} at most`, children: /* @__PURE__ */ a4(Cells, {}) });
  }
  function Cells() {
    const { cells } = dataset.value;
    const experiments = [...new Set(cells.map(({ experiment }) => experiment))];
    const isFull = columnPlaces.value.length >= MOST_COLUMNS;
    return /* @__PURE__ */ a4("div", { class: "chooser", children: [
      experiments.map((experiment) => {
        const own = cells.flatMap((cell, place) => cell.experiment === experiment ? [{ cell, place }] : []);
        return /* @__PURE__ */ a4("fieldset", { children: [
          /* @__PURE__ */ a4("legend", { children: own[0].cell.experiment_label }),
          own.map(({ cell, place }) => {
            const isOn = columnPlaces.value.includes(place);
            return /* @__PURE__ */ a4("label", { style: { "--own": cell.colour }, children: [
              /* @__PURE__ */ a4("input", { type: "checkbox", checked: isOn, disabled: isFull && !isOn, onChange: () => toggleColumn(place) }),
              /* @__PURE__ */ a4("span", { class: "name", children: cell.adm_label }),
              /* @__PURE__ */ a4("span", { class: "kind", children: kindOf(cell) }),
              /* @__PURE__ */ a4("span", { class: "count", children: percent(accuracies.value.get(place) ?? null) })
            ] }, place);
          })
        ] }, experiment);
      }),
      /* @__PURE__ */ a4("p", { class: "note", children: "Numbers are accuracies in percent under the target now." })
    ] });
  }
  function kindOf({ decides, imported }) {
    return [decides === "targets" ? "stored targets only" : "", imported ? "imported" : ""].filter(Boolean).join(", ");
  }

  // src/page/Finding.tsx
  var SORT_WORDS = {
    item: "item",
    margin: "smallest margin",
    disagreement: "most disagreement"
  };
  function filterWords() {
    return {
      wrong: ["wrong", "a pick that is not among the responses nearest to the target by label"],
      "all-wrong": ["wrong in all columns", "every column that picks is wrong"],
      "every-adm-wrong": [nPicking.value === 1 ? "the ADM wrong" : `all ${nPicking.value || ""} ADMs wrong`, "every ADM of the dataset that picks is wrong, shown here or not; an unaligned one and references do not count"],
      differ: ["columns differ", "two columns pick different responses"],
      flipped: ["flipped", "the pick is another one than at the target that flips are counted against"],
      tied: ["tied by label", "all responses are equally near to the target by label, so the item is not scored"],
      "tie-break": ["tied by prediction", "several responses are equally near by predicted levels, and the first of them is picked"],
      order: ["order-sensitive", "samples that saw the responses in different orders pick different ones"]
    };
  }
  function Finding() {
    const { text, filters, only, sort, atLevel: level } = view.value;
    const words = filterWords();
    const isFiltered = filters.length > 0 || text !== "" || level !== null || only !== null;
    return /* @__PURE__ */ a4("section", { class: "finding", "aria-labelledby": "finding-title", children: [
      /* @__PURE__ */ a4("h2", { id: "finding-title", children: "Find" }),
      /* @__PURE__ */ a4(
        "input",
        {
          id: "search",
          type: "search",
          value: text,
          placeholder: "words in the texts",
          "aria-label": "text in prompts and responses",
          title: "Search (/)",
          onInput: (event) => show({ text: event.currentTarget.value }, false)
        }
      ),
      /* @__PURE__ */ a4("div", { class: "filters", role: "group", "aria-label": "Filters", children: FILTERS.map((filter, place) => isUseful(filter) && /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": filters.includes(filter), title: words[filter][1], onClick: () => toggle(filter), "data-filter": filter, children: [
        /* @__PURE__ */ a4("span", { children: words[filter][0] }),
        /* @__PURE__ */ a4("span", { class: "count", children: counts.value[place]?.toLocaleString("en") ?? "?" })
      ] }, filter)) }),
      /* @__PURE__ */ a4("label", { class: "field", children: [
        /* @__PURE__ */ a4("span", { children: "look at" }),
        /* @__PURE__ */ a4("select", { value: only ?? "", onChange: ({ currentTarget: { value } }) => show({ only: value === "" ? null : Number(value) }), children: [
          /* @__PURE__ */ a4("option", { value: "", children: "all columns" }),
          columns.value.map(({ place, cell }) => /* @__PURE__ */ a4("option", { value: place, children: `${cell.adm_label}, ${cell.experiment_label}` }, place))
        ] })
      ] }),
      /* @__PURE__ */ a4(LevelField, {}),
      /* @__PURE__ */ a4("label", { class: "field", children: [
        /* @__PURE__ */ a4("span", { children: "sort by" }),
        /* @__PURE__ */ a4("select", { value: sort, onChange: (event) => show({ sort: event.currentTarget.value }), children: SORTS.map((one) => /* @__PURE__ */ a4("option", { value: one, children: SORT_WORDS[one] }, one)) })
      ] }),
      isFiltered && /* @__PURE__ */ a4("button", { type: "button", class: "quiet wide", onClick: () => show({ text: "", filters: [], atLevel: null, only: null }), children: [
        "Show all ",
        counted(dataset.value.items.length, "item")
      ] })
    ] });
  }
  function isUseful(filter) {
    return filter !== "every-adm-wrong" || hasContenders.value || view.value.filters.includes(filter);
  }
  function LevelField() {
    const { attributes, scale } = dataset.value;
    const level = view.value.atLevel;
    const numbers = w2(
      () => level && scale.map((one) => atLevel(dataset.value, { attribute: level.attribute, level: one }).reduce((sum, mark) => sum + mark, 0)),
      [dataset.value, level?.attribute]
    );
    const choose = (attribute) => show({ atLevel: attribute === "" ? null : { attribute: Number(attribute), level: level?.level ?? scale[scale.length - 1] } });
    return /* @__PURE__ */ a4("div", { class: "field level", children: [
      /* @__PURE__ */ a4("span", { id: "level-label", children: "label" }),
      /* @__PURE__ */ a4("select", { "aria-label": "attribute of a label", value: level?.attribute ?? "", onChange: (event) => choose(event.currentTarget.value), children: [
        /* @__PURE__ */ a4("option", { value: "", children: "any" }),
        attributes.map(({ name }, place) => /* @__PURE__ */ a4("option", { value: place, children: name }, name))
      ] }),
      level && /* @__PURE__ */ a4("select", { "aria-label": "level of a label", value: level.level, onChange: (event) => show({ atLevel: { ...level, level: Number(event.currentTarget.value) } }), children: scale.map((one, place) => /* @__PURE__ */ a4("option", { value: one, children: `${written(one, dataset.value)} (${numbers?.[place] ?? 0})` }, one)) })
    ] });
  }

  // src/pure/markdown.ts
  function itemAsMarkdown(dataset2, item, target2, columns2, labels2, starts2, levelOf2) {
    const { prompt, responses, labels: levels } = dataset2.items[item];
    const names = dataset2.attributes.map(({ name }) => name);
    const distance = (response) => decimals(labels2.distances[starts2[item] + response]);
    const byLabel = table(
      ["response", ...names, "distance to the target", "nearest"],
      responses.map((_4, response) => [
        letter(response),
        ...levels[response].map((level) => written(level, dataset2)),
        distance(response),
        labels2.scored[item] && isRight(labels2, starts2, item, response) ? "yes" : ""
      ])
    );
    const predicting = columns2.filter((column) => names.some((_4, attribute) => levelOf2(column, item, 0, attribute) !== null));
    const predicted = predicting.flatMap(
      (column) => responses.map((_4, response) => [
        column.cell.adm_label,
        column.cell.experiment_label,
        letter(response),
        ...names.map((_5, attribute) => rounded(levelOf2(column, item, response, attribute), dataset2)),
        decimals(column.picks?.distances?.[starts2[item] + response] ?? null)
      ])
    );
    const picks = table(["ADM", "experiment", "pick", ""], columns2.map((column) => pickRow(column, item, labels2)));
    return [
      `# ${escaped(dataset2.label)}, item ${item}`,
      `Target: ${escaped(inWords(target2, dataset2))}`,
      "## Prompt",
      fenced(prompt),
      ...responses.flatMap((text, response) => [`## Response ${letter(response)}`, fenced(text)]),
      "## Labels",
      byLabel,
      "## Picks",
      picks,
      ...predicted.length ? ["## Predicted levels", table(["ADM", "experiment", "response", ...names, "distance to the target"], predicted)] : [],
      ""
    ].join("\n\n");
  }
  function pickRow({ cell, picks, correct, reason }, item, labels2) {
    const pick = picks?.picks[item] ?? NO_PICK;
    const own = [cell.adm_label, cell.experiment_label];
    if (pick === NO_PICK) return [...own, "", reason];
    return [...own, letter(pick), labels2.scored[item] ? correct?.[item] ? "right" : "wrong" : "tied, not scored"];
  }
  function table(heads, rows) {
    const line = (cells) => `| ${cells.map(escaped).join(" | ")} |`;
    return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
  }
  function escaped(text) {
    return text.replace(/[\\`*_[\]<>|~&$]/g, "\\$&").replace(/\s+/g, " ");
  }
  function fenced(text) {
    const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
    const fence = "`".repeat(longest + 1);
    return `${fence}
${text}
${fence}`;
  }

  // src/pure/answers.ts
  function answersOf(dataset2, cell, answers, samples, item) {
    const own = answers.items[item % dataset2.items_per_part];
    if (!own) return [];
    return own.sample.map((sample, index) => {
      const [target2, attribute] = [own.target?.[index] ?? null, own.attribute?.[index] ?? null];
      const responses = answers.responses[own.responses[index]];
      const reasonings = own.reasonings[index].flatMap(
        (text, at) => text < 0 ? [] : [{ response: responses[at], text: answers.texts[text] }]
      );
      const place = attribute === null ? -1 : cell.attributes.indexOf(attribute);
      const scores = cell.decides === "levels" ? levelsOf2(samples, sample, item, place, responses) : voteOf(cell, samples, target2, sample, item);
      return { index, target: target2, attribute, sample, responses, isOrdered: isOrdered(cell, samples, target2, sample, item, place), scores, reasonings };
    });
  }
  function levelsOf2(samples, sample, item, place, responses) {
    const levels = samples.scores?.[sample]?.[item];
    return [...responses].sort((one, other) => one - other).map((response) => ({ response, score: levels?.[response]?.[place] ?? null }));
  }
  function voteOf(cell, samples, target2, sample, item) {
    const votes = cell.decides === "targets" ? samples.votes?.[target2 ?? -1] : samples.votes;
    const pick = fromLetters(votes?.[sample]?.[item] ?? "-").picks[0] ?? NO_PICK;
    return pick === NO_PICK ? [] : [{ response: pick, score: null }];
  }
  function isOrdered(cell, samples, target2, sample, item, place) {
    const shown2 = samples.shown;
    const ofSample = cell.decides === "targets" ? shown2?.[target2 ?? -1]?.[sample] : shown2?.[sample];
    const ofItem = ofSample?.[item];
    const order = Array.isArray(ofItem) ? ofItem[place] : ofItem;
    return (order ?? -1) >= 0;
  }
  function messagesOf(messages, cell, item, answer) {
    const own = messages.lists[messages.cells[cell] ?? -1]?.[item];
    const [opening2, last] = [own?.[2 * answer] ?? -1, own?.[2 * answer + 1] ?? -1];
    if (opening2 < 0 || last < 0) return null;
    const places = [...messages.openings[opening2], last];
    const turns = places.map((place) => {
      const [role, texts2] = messages.turns[place];
      return { role, text: texts2.map((text) => messages.texts[text]).join("") };
    });
    return { turns, nOpening: places.length - 1, examples: messages.examples[opening2] ?? [] };
  }

  // src/page/Text.tsx
  var LONGEST2 = 4e3;
  function Text({ text, kind = "" }) {
    const isWhole = useSignal(false);
    const isCut = text.length > LONGEST2 && !isWhole.value;
    return /* @__PURE__ */ a4($, { children: [
      /* @__PURE__ */ a4("p", { class: `text ${kind}`, dir: "auto", children: text === "" ? /* @__PURE__ */ a4("em", { children: "(empty)" }) : isCut ? cut(text, LONGEST2) : text }),
      isCut && /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => isWhole.value = true, children: [
        "Show all ",
        text.length.toLocaleString("en"),
        " characters"
      ] })
    ] });
  }

  // src/page/MessagesOf.tsx
  function MessagesOf({ place, item, answer }) {
    const { name, items_per_part } = dataset.value;
    const part = Math.floor(item / items_per_part);
    const loaded = useSignal(null);
    const failed = useSignal("");
    A2(() => {
      loadOnce(`${name}/messages/${part}`).then(
        (messages) => loaded.value = messages,
        (error) => failed.value = error.message
      );
    }, []);
    if (failed.value) return /* @__PURE__ */ a4("p", { class: "reason", role: "alert", children: failed.value });
    if (!loaded.value) return /* @__PURE__ */ a4("p", { class: "note", role: "status", children: "loading .." });
    const sent = messagesOf(loaded.value, place, item % items_per_part, answer.index);
    if (!sent) return /* @__PURE__ */ a4("p", { class: "note", children: "The messages of this answer are not known." });
    return /* @__PURE__ */ a4("div", { class: "messages", children: [
      sent.examples.length > 0 && /* @__PURE__ */ a4("p", { class: "note", children: [
        counted(sent.examples.length, "few-shot example"),
        ": train ",
        sent.examples.length === 1 ? "item" : "items",
        " ",
        sent.examples.join(", "),
        ". Where a model's context is too short for all, the least similar are left out."
      ] }),
      isReordered(answer) && /* @__PURE__ */ a4("p", { class: "note", children: [
        "Letters in these messages go by the order shown: ",
        answer.responses.map((response, at) => `${letter(at)} is response ${letter(response)}`).join(", "),
        "."
      ] }),
      sent.turns.map(({ role, text }, index) => /* @__PURE__ */ a4("div", { class: `turn ${role}`, children: [
        /* @__PURE__ */ a4("h4", { children: [
          role,
          index === sent.turns.length - 1 ? "" : index < sent.nOpening && role !== "system" ? ", example" : ""
        ] }),
        /* @__PURE__ */ a4(Text, { text })
      ] }, index))
    ] });
  }
  function isReordered({ isOrdered: isOrdered2, responses }) {
    return isOrdered2 && responses.some((response, at) => response !== at);
  }

  // src/page/Behind.tsx
  function Behind({ item }) {
    const chosen = useSignal(null);
    const column = columns.value.find(({ place }) => place === chosen.value);
    return /* @__PURE__ */ a4("section", { class: "behind", "aria-labelledby": "behind-title", children: [
      /* @__PURE__ */ a4("h3", { id: "behind-title", children: "Samples, reasonings and messages" }),
      /* @__PURE__ */ a4("div", { class: "tabs", role: "group", "aria-label": "Of which column", children: columns.value.map(({ place, cell }) => /* @__PURE__ */ a4("button", { type: "button", "aria-pressed": chosen.value === place, onClick: () => chosen.value = chosen.value === place ? null : place, children: [
        cell.adm_label,
        " ",
        /* @__PURE__ */ a4("small", { children: cell.experiment_label })
      ] }, place)) }),
      column && /* @__PURE__ */ a4(AnswersOf, { column, item }, `${column.place} ${item}`)
    ] });
  }
  function AnswersOf({ column: { cell, place }, item }) {
    const { name, items_per_part, attributes, targets } = dataset.value;
    const part = Math.floor(item / items_per_part);
    const loaded = useSignal(null);
    const failed = useSignal("");
    A2(() => {
      Promise.all([loadOnce(`${name}/answers/${place}/${part}`), loadOnce(`${name}/samples/${place}`)]).then(
        ([answers, samples]) => loaded.value = { answers, samples },
        (error) => failed.value = error.message
      );
    }, []);
    if (failed.value) return /* @__PURE__ */ a4("p", { class: "reason", role: "alert", children: failed.value });
    if (!loaded.value) return /* @__PURE__ */ a4("p", { class: "note", role: "status", children: "loading .." });
    const all = answersOf(dataset.value, cell, loaded.value.answers, loaded.value.samples, item);
    const wanted = new Set(target.value.map(([attribute]) => attribute));
    const shown2 = all.filter((answer) => isOfTarget(answer));
    function isOfTarget(answer) {
      return answer.target === null || targets[answer.target]?.levels === target.value;
    }
    if (!shown2.length) return /* @__PURE__ */ a4("p", { class: "note", children: all.length ? "Nothing was asked for this target." : "Nothing was asked." });
    const groups = [...new Set(shown2.map(({ attribute }) => attribute))];
    groups.sort((one, other) => Number(wanted.has(other ?? -1)) - Number(wanted.has(one ?? -1)));
    return /* @__PURE__ */ a4("div", { class: "answers", children: [
      cell.reasonings === "first" && /* @__PURE__ */ a4("p", { class: "note", children: "This ADM wrote very much. Of each level, or of the response picked, the reasoning of the first sample that has one is shown; predictions.parquet has all." }),
      groups.map((attribute, at) => {
        const own = shown2.filter((answer) => answer.attribute === attribute);
        return /* @__PURE__ */ a4("details", { open: at === 0, children: [
          /* @__PURE__ */ a4("summary", { children: [
            attribute === null ? "picks" : isolated(attributes[attribute].name),
            " ",
            /* @__PURE__ */ a4("small", { children: counted(own.length, "answer") })
          ] }),
          own.map((answer) => /* @__PURE__ */ a4(AnswerView, { answer, place, item, hasMessages: cell.messages }, answer.index))
        ] }, attribute);
      })
    ] });
  }
  function AnswerView({ answer, place, item, hasMessages }) {
    const isOpen = useSignal(false);
    return /* @__PURE__ */ a4("div", { class: "answer", children: [
      /* @__PURE__ */ a4("p", { class: "facts", children: [
        /* @__PURE__ */ a4("span", { children: [
          "sample ",
          answer.sample
        ] }),
        answer.isOrdered && answer.responses.length > 1 && /* @__PURE__ */ a4("span", { children: [
          "shown ",
          answer.responses.map(letter).join(" ")
        ] }),
        answer.scores.map(({ response, score: score2 }) => /* @__PURE__ */ a4("span", { children: [
          /* @__PURE__ */ a4("b", { children: letter(response) }),
          " ",
          answer.attribute === null ? "picked" : rounded(score2, dataset.value)
        ] }, response)),
        hasMessages && /* @__PURE__ */ a4("button", { type: "button", class: "quiet", "aria-expanded": isOpen.value, onClick: () => isOpen.value = !isOpen.value, children: "Messages sent" })
      ] }),
      answer.reasonings.map(({ response, text }) => /* @__PURE__ */ a4("div", { class: "reasoning", children: [
        /* @__PURE__ */ a4("b", { children: letter(response) }),
        /* @__PURE__ */ a4("div", { children: /* @__PURE__ */ a4(Text, { text }) })
      ] }, response)),
      isOpen.value && /* @__PURE__ */ a4(MessagesOf, { place, item, answer })
    ] });
  }

  // src/page/keys.ts
  var cursor = y3(-1);
  function listen() {
    document.addEventListener("keydown", (event) => {
      if (!shown.value || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      const field = event.target instanceof Element ? event.target.closest("input, select, textarea") : null;
      if (event.key === "Escape" && field instanceof HTMLElement) return field.blur();
      if (field) return;
      const act = actions()[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
  }
  function actions() {
    const [next, previous] = [() => move(1), () => move(-1)];
    return {
      j: next,
      k: previous,
      ArrowDown: next,
      ArrowUp: previous,
      "/": () => document.getElementById("search")?.focus(),
      "?": () => openDialog("keys"),
      ...view.value.item === null ? {} : { Escape: leaveItem, ArrowRight: next, ArrowLeft: previous }
    };
  }
  function move(by) {
    if (view.value.item !== null) return step(by);
    cursor.value = Math.min(Math.max(cursor.value + by, 0), items.value.length - 1);
  }
  function leaveItem() {
    cursor.value = items.value.indexOf(view.value.item);
    show({ item: null });
  }

  // src/page/Pick.tsx
  var SIGNS = { right: "\u2713", wrong: "\u2715", tied: "=" };
  var VERDICT_WORDS = { right: "right", wrong: "wrong", tied: "tied by label, not scored" };
  function verdict({ correct }, item) {
    if (!labels.value.scored[item]) return "tied";
    return correct?.[item] ? "right" : "wrong";
  }
  function PickMark({ column, item }) {
    const pick = column.picks?.picks[item] ?? NO_PICK;
    if (pick === NO_PICK) return /* @__PURE__ */ a4("span", { class: "no-pick", title: column.reason || "no pick", children: "\u2013" });
    const how = verdict(column, item);
    const earlier = isFlipped(column, item) ? column.before.picks[item] : NO_PICK;
    const isTieBreak = column.picks.tied[item] === 1;
    const words = [
      `${letter(pick)}, ${VERDICT_WORDS[how]}`,
      ...earlier === NO_PICK ? [] : [`before: ${letter(earlier)}`],
      ...isTieBreak ? ["several are equally near, the first is picked"] : []
    ].join("; ");
    return /* @__PURE__ */ a4("span", { class: `pick ${how}`, title: words, children: [
      earlier !== NO_PICK && /* @__PURE__ */ a4("small", { children: [
        letter(earlier),
        /* @__PURE__ */ a4("span", { "aria-hidden": "true", children: "\u2192" })
      ] }),
      /* @__PURE__ */ a4("b", { children: letter(pick) }),
      isTieBreak && /* @__PURE__ */ a4("sup", { "aria-hidden": "true", children: "*" }),
      /* @__PURE__ */ a4("i", { "aria-hidden": "true", children: SIGNS[how] }),
      /* @__PURE__ */ a4("span", { class: "hidden", children: VERDICT_WORDS[how] })
    ] });
  }

  // src/page/ItemView.tsx
  function ItemView() {
    const item = view.value.item;
    const { prompt, responses } = dataset.value.items[item];
    const top = T2(null);
    A2(() => {
      document.getElementById("board")?.scrollTo(0, 0);
      top.current?.focus({ preventScroll: true });
    }, [item]);
    return /* @__PURE__ */ a4("article", { class: "item", "aria-labelledby": "item-title", children: [
      /* @__PURE__ */ a4(ItemBar, { item }),
      /* @__PURE__ */ a4("header", { class: "prompt", children: [
        /* @__PURE__ */ a4("h2", { id: "item-title", tabIndex: -1, ref: top, children: [
          "Item ",
          item
        ] }),
        /* @__PURE__ */ a4(Text, { text: prompt, kind: "prompt" })
      ] }),
      /* @__PURE__ */ a4("div", { class: "grid picks", children: [
        /* @__PURE__ */ a4("span", { class: "first eyebrow", children: "picks" }),
        columns.value.map((column) => /* @__PURE__ */ a4("div", { children: /* @__PURE__ */ a4(PickMark, { column, item }) }, column.place))
      ] }),
      responses.map((text, response) => /* @__PURE__ */ a4(Response2, { item, response, text }, `${item} ${response}`)),
      /* @__PURE__ */ a4("p", { class: "note legend", children: [
        "Bars: levels from ",
        dataset.value.shown.range[0],
        " to ",
        dataset.value.shown.range[1],
        ", on the left by label, beside them as each column predicts; ",
        /* @__PURE__ */ a4("i", { class: "tick wanted" }),
        " the wanted level, ",
        /* @__PURE__ */ a4("i", { class: "tick label" }),
        " the label. Attributes outside the target are pale."
      ] }),
      /* @__PURE__ */ a4(Behind, { item })
    ] });
  }
  function ItemBar({ item }) {
    const at = items.value.indexOf(item);
    const markdown = () => itemAsMarkdown(dataset.value, item, target.value, columns.value, labels.value, starts.value, levelOf);
    return /* @__PURE__ */ a4("nav", { class: "item-bar", "aria-label": "Item", children: [
      /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: leaveItem, title: "Escape", children: "\u2190 All rows" }),
      /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => step(-1), disabled: at <= 0, title: "k", children: "Previous" }),
      /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => step(1), disabled: at === items.value.length - 1, title: "j", children: "Next" }),
      /* @__PURE__ */ a4("span", { class: "eyebrow", children: at < 0 ? "not among the rows" : `row ${at + 1} of ${items.value.length}` }),
      /* @__PURE__ */ a4("span", { class: "space" }),
      /* @__PURE__ */ a4(CopyButton, { label: "Copy as Markdown", text: markdown }),
      /* @__PURE__ */ a4("button", { type: "button", class: "quiet", onClick: () => download(`${view.value.dataset}_item_${item}.md`, markdown(), "text/markdown"), children: "Save as Markdown" })
    ] });
  }
  function Response2({ item, response, text }) {
    const { attributes, items: all } = dataset.value;
    const row = starts.value[item] + response;
    const right = labels.value.scored[item] && isRight(labels.value, starts.value, item, response);
    return /* @__PURE__ */ a4("section", { class: right ? "response right" : "response", "aria-label": `Response ${letter(response)}`, children: [
      /* @__PURE__ */ a4("header", { children: [
        /* @__PURE__ */ a4("h3", { children: letter(response) }),
        /* @__PURE__ */ a4("div", { children: /* @__PURE__ */ a4(Text, { text }) }),
        right && /* @__PURE__ */ a4("span", { class: "nearest", title: "nearest to the target by label", children: "\u2713 nearest by label" })
      ] }),
      attributes.map(({ name }, attribute) => {
        const wanted = target.value.find(([place]) => place === attribute);
        const label = all[item].labels[response][attribute];
        return /* @__PURE__ */ a4("div", { class: wanted ? "grid levels" : "grid levels outside", children: [
          /* @__PURE__ */ a4("div", { class: "first", children: [
            /* @__PURE__ */ a4("span", { class: "name", title: name, children: name }),
            /* @__PURE__ */ a4(Bar, { kind: "by label", level: label, label: null, wanted })
          ] }),
          columns.value.map((column) => /* @__PURE__ */ a4("div", { style: { "--own": column.cell.colour }, children: /* @__PURE__ */ a4(Bar, { kind: column.cell.adm_label, level: levelOf(column, item, response, attribute), label, wanted }) }, column.place))
        ] }, name);
      }),
      /* @__PURE__ */ a4("div", { class: "grid distances", children: [
        /* @__PURE__ */ a4("div", { class: "first", children: [
          /* @__PURE__ */ a4("span", { class: "name", children: "distance to the target" }),
          /* @__PURE__ */ a4("b", { children: decimals(labels.value.distances[row]) })
        ] }),
        columns.value.map((column) => {
          const isPicked = column.picks?.picks[item] === response;
          const distance = column.picks?.distances?.[row];
          return /* @__PURE__ */ a4("div", { class: isPicked ? "picked" : "", children: [
            distance === void 0 ? "" : decimals(distance),
            isPicked && /* @__PURE__ */ a4(PickMark, { column, item })
          ] }, column.place);
        })
      ] })
    ] });
  }
  function levelOf({ cell, picks, place }, item, response, attribute) {
    const at = cell.attributes.indexOf(attribute);
    if (at < 0 || !picks) return null;
    return predictors.value.get(place)?.data.levels?.[item]?.[response]?.[at] ?? null;
  }
  function Bar({ kind, level, label, wanted }) {
    if (level === null) return /* @__PURE__ */ a4("span", { class: "bar none", children: "\u2013" });
    const at = (value) => `${100 * Math.min(Math.max(value, 0), 1)}%`;
    const shown2 = (value) => rounded(value, dataset.value);
    const words = [`${kind} ${shown2(level)}`, ...label === null ? [] : [`label ${shown2(label)}`], ...wanted ? [`wanted ${shown2(wanted[1])}`] : []];
    return /* @__PURE__ */ a4("span", { class: label === null ? "bar of-label" : "bar", title: words.join(", "), children: [
      /* @__PURE__ */ a4("span", { class: "track", "aria-hidden": "true", children: [
        /* @__PURE__ */ a4("i", { class: "fill", style: { width: at(level) } }),
        label !== null && /* @__PURE__ */ a4("i", { class: "tick label", style: { left: at(label) } }),
        wanted && /* @__PURE__ */ a4("i", { class: "tick wanted", style: { left: at(wanted[1]) } })
      ] }),
      /* @__PURE__ */ a4("span", { class: "amount", children: shown2(level) })
    ] });
  }

  // src/page/KeysDialog.tsx
  var KEYS2 = [
    [["j", "\u2193"], "next item"],
    [["k", "\u2191"], "previous item"],
    [["Enter"], "open the item"],
    [["Escape"], "back to the list"],
    [["/"], "search the texts"],
    [["?"], "keys and marks"],
    [["\u2190", "\u2192"], "on a slider: move it by a level"],
    [["Tab"], "to the next button: \u2039 and \u203A under a column's name move it"]
  ];
  var MARKS = [
    ["\u2713", "right: none is nearer to the target by label"],
    ["\u2715", "wrong"],
    ["=", "not scored: all responses are equally near by label"],
    ["*", "several are equally near by predicted levels, and the first is picked"],
    ["A\u2192", "flipped: the pick before"]
  ];
  function KeysDialog() {
    return /* @__PURE__ */ a4(Dialog, { id: "keys", title: "Keys and marks", children: /* @__PURE__ */ a4("dl", { class: "keys", children: [
      KEYS2.map(([keys, does]) => /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: keys.map((key) => /* @__PURE__ */ a4("kbd", { children: key }, key)) }),
        /* @__PURE__ */ a4("dd", { children: does })
      ] }, does)),
      MARKS.map(([mark, says]) => /* @__PURE__ */ a4("div", { children: [
        /* @__PURE__ */ a4("dt", { children: mark }),
        /* @__PURE__ */ a4("dd", { children: says })
      ] }, mark))
    ] }) });
  }

  // node_modules/@tanstack/virtual-core/dist/esm/lazy-measurements.js
  function getMeasurementKey(item) {
    return typeof item === "object" ? item.key : item;
  }
  function createLazyMeasurementsView(cache, flat) {
    const count = cache.length;
    return new Proxy(cache, {
      get(target2, prop, receiver) {
        if (typeof prop === "string") {
          const c4 = prop.charCodeAt(0);
          if (c4 >= 48 && c4 <= 57) {
            const i4 = +prop;
            if (Number.isInteger(i4) && i4 >= 0 && i4 < count) {
              let v4 = target2[i4];
              if (typeof v4 !== "object") {
                const s4 = flat[i4 * 2];
                v4 = target2[i4] = {
                  index: i4,
                  key: v4,
                  start: s4,
                  size: flat[i4 * 2 + 1],
                  end: s4 + flat[i4 * 2 + 1],
                  lane: 0
                };
              }
              return v4;
            }
          }
          if (prop === "length") return count;
        }
        return Reflect.get(target2, prop, receiver);
      }
    });
  }

  // node_modules/@tanstack/virtual-core/dist/esm/utils.js
  function memo(getDeps, fn, opts) {
    let deps = opts.initialDeps ?? [];
    let result;
    let isInitial = true;
    function memoizedFunction() {
      var _a;
      const debugEnabled = !!opts.key && !!((_a = opts.debug) == null ? void 0 : _a.call(opts));
      let depTime = 0;
      if (debugEnabled) depTime = Date.now();
      const newDeps = getDeps();
      const depsChanged = newDeps.length !== deps.length || newDeps.some((dep, index) => deps[index] !== dep);
      if (!depsChanged) {
        return result;
      }
      deps = newDeps;
      let resultTime = 0;
      if (debugEnabled) resultTime = Date.now();
      result = fn(...newDeps);
      if (debugEnabled) {
        const depEndTime = Math.round((Date.now() - depTime) * 100) / 100;
        const resultEndTime = Math.round((Date.now() - resultTime) * 100) / 100;
        const resultFpsPercentage = resultEndTime / 16;
        const pad = (str, num) => {
          str = String(str);
          while (str.length < num) {
            str = " " + str;
          }
          return str;
        };
        console.info(
          `%c\u23F1 ${pad(resultEndTime, 5)} /${pad(depEndTime, 5)} ms`,
          `
            font-size: .6rem;
            font-weight: bold;
            color: hsl(${Math.max(
            0,
            Math.min(120 - 120 * resultFpsPercentage, 120)
          )}deg 100% 31%);`,
          opts == null ? void 0 : opts.key
        );
      }
      if ((opts == null ? void 0 : opts.onChange) && !(isInitial && opts.skipInitialOnChange)) {
        opts.onChange(result);
      }
      isInitial = false;
      return result;
    }
    memoizedFunction.updateDeps = (newDeps) => {
      deps = newDeps;
    };
    return memoizedFunction;
  }
  function notUndefined(value, msg) {
    if (value === void 0) {
      throw new Error(`Unexpected undefined${msg ? `: ${msg}` : ""}`);
    } else {
      return value;
    }
  }
  var approxEqual = (a5, b3) => Math.abs(a5 - b3) < 1.01;
  var debounce = (targetWindow, fn, ms) => {
    let timeoutId;
    return Object.assign(
      function(...args) {
        targetWindow.clearTimeout(timeoutId);
        timeoutId = targetWindow.setTimeout(() => fn.apply(this, args), ms);
      },
      {
        // The handle is closure-local, so a caller that has already
        // unsubscribed has no way to stop a queued call. Teardown paths use
        // this to drop the pending invocation instead of letting it land.
        cancel: () => {
          targetWindow.clearTimeout(timeoutId);
        }
      }
    );
  };

  // node_modules/@tanstack/virtual-core/dist/esm/scroll-classifier.js
  function classifyScrollEvent({
    offset,
    isScrolling,
    elementMax,
    holdOffset,
    scrollOffset,
    pendingWrite,
    clampedMaxAtWrite
  }) {
    var _a;
    if (isScrolling && pendingWrite === null && offset === scrollOffset) {
      return "spurious";
    }
    if (pendingWrite !== null && Math.abs(offset - pendingWrite.target) < 1.5) {
      return "readBack";
    }
    if (pendingWrite !== null && !pendingWrite.smooth && elementMax !== null && pendingWrite.target > elementMax + holdOffset + 0.5 && Math.abs(offset - (elementMax + holdOffset)) < 1.5) {
      return "clampedReadBack";
    }
    if (pendingWrite !== null && !pendingWrite.smooth && ((_a = pendingWrite.lowMaxes) == null ? void 0 : _a.some((max) => Math.abs(offset - max) < 1.5))) {
      return "clampedReadBack";
    }
    if (clampedMaxAtWrite !== null && Math.abs(offset - clampedMaxAtWrite) < 1.5) {
      return "clampedEcho";
    }
    return "external";
  }
  var isAnimating = (phase) => phase === "smooth" || phase === "smoothFinishing";
  function externalRetiresCommand({
    kind,
    offset,
    command,
    target: target2
  }) {
    return kind !== "spurious" && kind !== "readBack" && // Our own write, clamped (`clampedReadBack`, #1310): the command is not
    // retired by it, and reconcile retargets below the new max.
    kind !== "clampedReadBack" && (command == null ? void 0 : command.index) != null && // Nothing has been written for a command waiting for the tail; these
    // are the fling's events.
    command.phase !== "queued" && // A non-smooth write lands at once, so any other scroll event is the
    // user's, even before reconcile saw the target reached (the target may
    // keep moving, or iOS ignored the write under a finger). A write the
    // browser clamped because the sizer hasn't grown yet reads back at the
    // max, which is also where the fresh target clamps, so the check below
    // keeps it reconciling (#1294). While a smooth scroll's animation may
    // still report, its events look like a user's, so it yields only once it
    // has landed.
    !isAnimating(command.phase) && !approxEqual(offset, command.lastTargetOffset) && !approxEqual(offset, target2()) && // A compensation write's clamped echo (#1258) keeps the command. The
    // order is deliberate, not tidiness: this clause stays after `target()`
    // (and `clampedReadBack` before it) because `target()` can rebuild the
    // measurements, so it must run for exactly the events it always did.
    kind !== "clampedEcho";
  }
  var FLING_WINDOW_MS = 40;
  function flingSpedUp(samples) {
    const last = samples[samples.length - 1];
    if (last === void 0) return false;
    let j3 = samples.length - 2;
    while (j3 >= 0 && last.t - samples[j3].t < FLING_WINDOW_MS) j3--;
    if (j3 < 0) return false;
    const mid = samples[j3];
    let k4 = j3 - 1;
    while (k4 >= 0 && mid.t - samples[k4].t < FLING_WINDOW_MS) k4--;
    if (k4 < 0) return false;
    const first = samples[k4];
    const recent = (last.offset - mid.offset) / (last.t - mid.t);
    const before2 = (mid.offset - first.offset) / (mid.t - first.t);
    return recent * before2 >= 0 && Math.abs(recent) >= 2 * Math.abs(before2) && Math.abs(recent) - Math.abs(before2) >= 0.8;
  }
  function flingCaught(samples) {
    const last = samples[samples.length - 1];
    if (last === void 0) return false;
    let j3 = samples.length - 2;
    while (j3 >= 0 && last.t - samples[j3].t < FLING_WINDOW_MS) j3--;
    if (j3 < 0) return false;
    const from = samples[j3];
    return Math.abs(last.offset - from.offset) / (last.t - from.t) >= 0.05;
  }

  // node_modules/@tanstack/virtual-core/dist/esm/ios-gesture.js
  var _isIOSResult;
  var isIOSWebKit = () => {
    if (_isIOSResult !== void 0) return _isIOSResult;
    if (typeof navigator === "undefined") return _isIOSResult = false;
    if (/iP(hone|od|ad)/.test(navigator.userAgent)) return _isIOSResult = true;
    const mtp = navigator.maxTouchPoints;
    return _isIOSResult = navigator.platform === "MacIntel" && mtp !== void 0 && mtp > 0;
  };
  var _iosMomentumOverridesWritesResult;
  var iosMomentumOverridesWrites = () => {
    if (_iosMomentumOverridesWritesResult !== void 0) {
      return _iosMomentumOverridesWritesResult;
    }
    return _iosMomentumOverridesWritesResult = isIOSWebKit() && typeof CSS !== "undefined" && typeof CSS.supports === "function" && CSS.supports("overflow-anchor: auto");
  };
  var momentumOverridesWrites = () => !isIOSWebKit() || iosMomentumOverridesWrites();
  var touchListenerOptions = {
    capture: true,
    passive: true
  };
  var IosGesture = class {
    constructor(host) {
      this.host = host;
      this._touch = null;
      this.inMotion = () => this._touch !== null && this._touch.phase !== "lateFling";
      this.dragging = () => {
        var _a;
        return ((_a = this._touch) == null ? void 0 : _a.phase) === "down" && this._touch.moved;
      };
      this.tail = () => {
        var _a;
        return ((_a = this._touch) == null ? void 0 : _a.phase) === "tail" ? this._touch.moved ? "fling" : "tap" : null;
      };
      this.onScroll = ({
        isScrolling,
        ownReadBack,
        moved,
        external
      }) => {
        var _a, _b, _c;
        if (isScrolling && ((_a = this._touch) == null ? void 0 : _a.phase) === "tail") {
          this._openTail(this._touch.moved || !ownReadBack, false);
        } else if (((_b = this._touch) == null ? void 0 : _b.phase) === "lateFling") {
          if (this.host.now() > this._touch.until) {
            this._touch = null;
          } else if (external && isScrolling && moved) {
            this._openTail(true, false);
          }
        }
        if (!ownReadBack && isScrolling && moved && ((_c = this._touch) == null ? void 0 : _c.phase) === "down") {
          this._touch.moved = true;
          return true;
        }
        return false;
      };
      this.touchStart = () => {
        this.end();
        this._touch = { phase: "down", moved: false };
      };
      this.touchEnd = () => {
        var _a;
        const moved = ((_a = this._touch) == null ? void 0 : _a.phase) === "down" && this._touch.moved;
        this.end();
        this._openTail(moved, moved);
      };
      this.end = () => {
        var _a;
        const win = this.host.getWindow();
        if (((_a = this._touch) == null ? void 0 : _a.phase) === "tail" && win != null) {
          win.clearTimeout(this._touch.timerId);
        }
        this._touch = null;
      };
      this.listen = (target2) => {
        const onTouchStart = () => this.touchStart();
        const onTouchEnd = () => this.touchEnd();
        target2.addEventListener("touchstart", onTouchStart, touchListenerOptions);
        target2.addEventListener("touchend", onTouchEnd, touchListenerOptions);
        target2.addEventListener("touchcancel", onTouchEnd, touchListenerOptions);
        return () => {
          target2.removeEventListener(
            "touchstart",
            onTouchStart,
            touchListenerOptions
          );
          target2.removeEventListener("touchend", onTouchEnd, touchListenerOptions);
          target2.removeEventListener(
            "touchcancel",
            onTouchEnd,
            touchListenerOptions
          );
          this.end();
        };
      };
      this._openTail = (moved, awaitingFling) => {
        const win = this.host.getWindow();
        if (win == null) return;
        this.end();
        const tail = {
          phase: "tail",
          moved,
          awaitingFling,
          // Only fires while this tail is current: `end` clears it otherwise.
          timerId: win.setTimeout(() => {
            if (this.host.tailStillMoving()) {
              this._openTail(tail.moved, tail.awaitingFling);
              return;
            }
            this._touch = tail.awaitingFling ? { phase: "lateFling", until: this.host.now() + 1e3 } : null;
            this.host.onTailClosed();
          }, 150)
        };
        this._touch = tail;
      };
    }
    get touch() {
      return this._touch;
    }
  };

  // node_modules/@tanstack/virtual-core/dist/esm/index.js
  var getRect = (element) => {
    const { clientWidth, clientHeight } = element;
    return { width: clientWidth, height: clientHeight };
  };
  var createFrameQueue = (targetWindow) => {
    const ids = /* @__PURE__ */ new Set();
    return {
      schedule: (fn) => {
        const id = targetWindow.requestAnimationFrame(() => {
          ids.delete(id);
          fn();
        });
        ids.add(id);
      },
      cancel: () => {
        ids.forEach((id) => targetWindow.cancelAnimationFrame(id));
        ids.clear();
      }
    };
  };
  var defaultKeyExtractor = (index) => index;
  var defaultRangeExtractor = (range) => {
    const overscan = range.overscan * Math.max(range.lanes ?? 1, 1);
    const start = Math.max(range.startIndex - overscan, 0);
    const end = Math.min(range.endIndex + overscan, range.count - 1);
    const len = end - start + 1;
    const arr = new Array(len);
    for (let i4 = 0; i4 < len; i4++) {
      arr[i4] = start + i4;
    }
    return arr;
  };
  var observeElementRect = (instance, cb) => {
    const element = instance.scrollElement;
    if (!element) {
      return;
    }
    const targetWindow = instance.targetWindow;
    if (!targetWindow) {
      return;
    }
    const handler = (rect) => {
      const { width, height } = rect;
      cb({ width: Math.round(width), height: Math.round(height) });
    };
    handler(getRect(element));
    if (!targetWindow.ResizeObserver) {
      return () => {
      };
    }
    const frames = createFrameQueue(targetWindow);
    const observer = new targetWindow.ResizeObserver(() => {
      const run = () => {
        handler(getRect(element));
      };
      instance.options.useAnimationFrameWithResizeObserver ? frames.schedule(run) : run();
    });
    observer.observe(element, { box: "content-box" });
    return () => {
      observer.unobserve(element);
      frames.cancel();
    };
  };
  var addEventListenerOptions = {
    passive: true
  };
  var supportsScrollend = typeof window == "undefined" ? true : "onscrollend" in window;
  var observeOffset = (instance, cb, readOffset) => {
    const element = instance.scrollElement;
    if (!element) {
      return;
    }
    const targetWindow = instance.targetWindow;
    if (!targetWindow) {
      return;
    }
    const registerScrollendEvent = instance.options.useScrollendEvent && supportsScrollend;
    let offset = 0;
    const fallback = registerScrollendEvent ? null : debounce(
      targetWindow,
      () => cb(readOffset(element), false),
      instance.options.isScrollingResetDelay
    );
    const createHandler = (isScrolling) => () => {
      offset = readOffset(element);
      fallback == null ? void 0 : fallback();
      cb(offset, isScrolling);
    };
    const handler = createHandler(true);
    const endHandler = createHandler(false);
    element.addEventListener("scroll", handler, addEventListenerOptions);
    if (registerScrollendEvent) {
      element.addEventListener("scrollend", endHandler, addEventListenerOptions);
    }
    return () => {
      element.removeEventListener("scroll", handler);
      if (registerScrollendEvent) {
        element.removeEventListener("scrollend", endHandler);
      }
      fallback == null ? void 0 : fallback.cancel();
    };
  };
  var observeElementOffset = (instance, cb) => observeOffset(instance, cb, (el) => {
    const { horizontal, isRtl } = instance.options;
    return horizontal ? el.scrollLeft * (isRtl && -1 || 1) : el.scrollTop;
  });
  var measureElement = (element, entry, instance) => {
    if (instance.options.useCachedMeasurements) {
      const index = instance.indexFromElement(element);
      const key = instance.options.getItemKey(index);
      return instance.itemSizeCache.get(key) ?? instance.options.estimateSize(index);
    }
    if (entry == null ? void 0 : entry.borderBoxSize) {
      const box = entry.borderBoxSize[0];
      if (box) {
        const size = Math.round(
          box[instance.options.horizontal ? "inlineSize" : "blockSize"]
        );
        return size;
      }
    }
    if (!entry) {
      const index = instance.indexFromElement(element);
      const key = instance.options.getItemKey(index);
      const cachedSize = instance.itemSizeCache.get(key);
      if (cachedSize !== void 0) {
        return cachedSize;
      }
    }
    return element[instance.options.horizontal ? "offsetWidth" : "offsetHeight"];
  };
  var scrollWithAdjustments = (offset, {
    adjustments = 0,
    behavior
  }, instance) => {
    var _a;
    const { scrollElement, options } = instance;
    const adjustedOffset = offset + adjustments;
    const isRtlElement = options.horizontal && options.isRtl && scrollElement !== null && "ownerDocument" in scrollElement;
    (_a = scrollElement == null ? void 0 : scrollElement.scrollTo) == null ? void 0 : _a.call(scrollElement, {
      [options.horizontal ? "left" : "top"]: isRtlElement ? -adjustedOffset : adjustedOffset,
      behavior
    });
  };
  var elementScroll = scrollWithAdjustments;
  var initialScrollPhase = (behavior, atTarget) => behavior === "smooth" ? atTarget ? "smoothLanded" : "smooth" : "instant";
  var isSmoothScroll = (state) => (state == null ? void 0 : state.phase) === "smooth" || (state == null ? void 0 : state.phase) === "smoothLanded";
  function isAppendWithTrim(prevCount, nextCount, getPreviousKey, getNextKey) {
    if (nextCount === 0) return false;
    const firstKey = getNextKey(0);
    const removedKeys = /* @__PURE__ */ new Set();
    let removedCount = 0;
    while (removedCount < prevCount) {
      const key = getPreviousKey(removedCount);
      if (key === firstKey) break;
      removedKeys.add(key);
      removedCount++;
    }
    const retainedCount = prevCount - removedCount;
    if (retainedCount === 0 || retainedCount >= nextCount) return false;
    for (let i4 = 0; i4 < retainedCount; i4++) {
      if (getNextKey(i4) !== getPreviousKey(removedCount + i4)) return false;
    }
    for (let i4 = retainedCount; i4 < nextCount; i4++) {
      if (removedKeys.has(getNextKey(i4))) return false;
    }
    return true;
  }
  var Virtualizer = class {
    constructor(opts) {
      this.unsubs = [];
      this.scrollElement = null;
      this.targetWindow = null;
      this.isScrolling = false;
      this.scrollState = null;
      this.measurementsCache = [];
      this._singleLaneMeasurements = null;
      this.itemSizeCache = /* @__PURE__ */ new Map();
      this.itemSizeCacheVersion = 0;
      this.laneAssignments = /* @__PURE__ */ new Map();
      this.pendingMin = null;
      this.prevLanes = void 0;
      this.lanesChangedFlag = false;
      this.lanesSettling = false;
      this.pendingScrollAnchor = null;
      this.scrollRect = null;
      this.scrollOffset = null;
      this.scrollDirection = null;
      this._holdOffset = 0;
      this._reportedOverscroll = false;
      this._iosGesture = new IosGesture({
        getWindow: () => this.targetWindow,
        now: () => this.now(),
        // The end of a fling can move less than a pixel per scroll event, so
        // events can stop for 150ms while the fling is still running (seen on
        // an iPhone, 27.0.1). A command waiting for it would then be written
        // into the fling and overridden. The element having moved since the
        // last event means it has not ended: wait again. Not while our own
        // write has yet to report: that moved it.
        tailStillMoving: () => {
          const state = this.scrollState;
          if ((state == null ? void 0 : state.phase) !== "queued" || this.pendingWrite !== null) {
            return false;
          }
          const now = this._readElementOffset();
          if (now === null || this._lastElementOffset === null || Math.abs(now - this._lastElementOffset) < 1) {
            return false;
          }
          this._lastElementOffset = now;
          state.samples = [...state.samples ?? [], { t: this.now(), offset: now }];
          return true;
        },
        onTailClosed: () => {
          const state = this.scrollState;
          if ((state == null ? void 0 : state.phase) === "queued" && flingCaught(state.samples ?? [])) {
            this.scrollState = null;
          }
          this._flushHoldIfReady(true);
          this._writeAwaitingCommand();
          this._retryClampedAdjustment();
        }
      });
      this._lastElementOffset = null;
      this.pendingWrite = null;
      this._clampedAdjustment = null;
      this.elementsCache = /* @__PURE__ */ new Map();
      this._resizeBatch = null;
      this.now = () => {
        var _a, _b, _c;
        return ((_c = (_b = (_a = this.targetWindow) == null ? void 0 : _a.performance) == null ? void 0 : _b.now) == null ? void 0 : _c.call(_b)) ?? Date.now();
      };
      this.observer = /* @__PURE__ */ (() => {
        let _ro = null;
        let _frames = null;
        let delivering = false;
        let observeQueued = false;
        const pendingObservations = /* @__PURE__ */ new Set();
        const get = () => {
          if (_ro) {
            return _ro;
          }
          const targetWindow = this.targetWindow;
          if (!targetWindow || !targetWindow.ResizeObserver) {
            return null;
          }
          const frames = _frames = createFrameQueue(targetWindow);
          return _ro = new targetWindow.ResizeObserver((entries) => {
            const run = () => {
              const batch = { sync: false };
              this._resizeBatch = batch;
              try {
                entries.forEach(measureEntry);
              } finally {
                this._resizeBatch = null;
                if (batch.notify) {
                  this.notify(batch.sync);
                  this._noteClampMax();
                  this._flushHoldIfReady(true);
                  this._retryClampedAdjustment();
                  this.measureElement(null);
                }
              }
            };
            if (this.options.useAnimationFrameWithResizeObserver) {
              frames.schedule(run);
            } else {
              delivering = true;
              try {
                run();
              } finally {
                delivering = false;
              }
            }
          });
        };
        const measureEntry = (entry) => {
          const node = entry.target;
          const index = this.indexFromElement(node);
          if (!node.isConnected) {
            this.observer.unobserve(node);
            for (const [cacheKey, cachedNode] of this.elementsCache) {
              if (cachedNode === node) {
                this.elementsCache.delete(cacheKey);
                break;
              }
            }
            return;
          }
          if (!this.isIndexInRange(index)) return;
          if (this.shouldMeasureDuringScroll(index)) {
            this.resizeItem(index, this.options.measureElement(node, entry, this));
          }
        };
        return {
          disconnect: () => {
            var _a;
            (_a = get()) == null ? void 0 : _a.disconnect();
            _frames == null ? void 0 : _frames.cancel();
            pendingObservations.clear();
            observeQueued = false;
            _ro = null;
            _frames = null;
          },
          observe: (target2) => {
            const observer = get();
            if (!observer) return;
            if (!delivering) {
              observer.observe(target2, { box: "border-box" });
              return;
            }
            pendingObservations.add(target2);
            if (!observeQueued) {
              observeQueued = true;
              _frames == null ? void 0 : _frames.schedule(() => {
                observeQueued = false;
                pendingObservations.forEach((node) => {
                  if (node.isConnected) _ro == null ? void 0 : _ro.observe(node, { box: "border-box" });
                });
                pendingObservations.clear();
              });
            }
          },
          unobserve: (target2) => {
            var _a;
            pendingObservations.delete(target2);
            (_a = get()) == null ? void 0 : _a.unobserve(target2);
          }
        };
      })();
      this.range = null;
      this.setOptions = (opts2) => {
        var _a;
        const merged = {
          debug: false,
          initialOffset: 0,
          overscan: 1,
          paddingStart: 0,
          paddingEnd: 0,
          scrollPaddingStart: 0,
          scrollPaddingEnd: 0,
          horizontal: false,
          getItemKey: defaultKeyExtractor,
          rangeExtractor: defaultRangeExtractor,
          onChange: () => {
          },
          measureElement,
          initialRect: { width: 0, height: 0 },
          scrollMargin: 0,
          gap: 0,
          indexAttribute: "data-index",
          initialMeasurementsCache: [],
          lanes: 1,
          anchorTo: "start",
          followOnAppend: false,
          scrollEndThreshold: 1,
          isScrollingResetDelay: 150,
          enabled: true,
          isRtl: false,
          useScrollendEvent: false,
          useAnimationFrameWithResizeObserver: false,
          laneAssignmentMode: "estimate",
          useCachedMeasurements: false
        };
        for (const key in opts2) {
          const v4 = opts2[key];
          if (v4 !== void 0) merged[key] = v4;
        }
        const prevOptions = this.options;
        let anchor = null;
        let followOnAppend = null;
        let edgeKeysChanged = false;
        if (prevOptions !== void 0 && prevOptions.enabled && merged.enabled && merged.anchorTo === "end" && this.scrollElement !== null) {
          const prevCount = prevOptions.count;
          const nextCount = merged.count;
          const measurements = this.getMeasurements();
          const previousItems = ((_a = this._singleLaneMeasurements) == null ? void 0 : _a.items) ?? measurements;
          const getPreviousKey = (index) => getMeasurementKey(previousItems[index]);
          const prevFirstKey = prevCount > 0 ? getPreviousKey(0) : null;
          const prevLastKey = prevCount > 0 ? getPreviousKey(prevCount - 1) : null;
          const didCountChange = nextCount !== prevCount;
          const didEdgeKeysChange = didCountChange || prevCount > 0 && nextCount > 0 && (merged.getItemKey(0) !== prevFirstKey || merged.getItemKey(nextCount - 1) !== prevLastKey);
          if (didEdgeKeysChange) {
            edgeKeysChanged = true;
            const item = prevCount > 0 ? this.getVirtualItemForOffset(this.getScrollOffset()) ?? measurements[0] : null;
            if (item) {
              anchor = [item.key, this.getScrollOffset() - item.start];
            }
            const behavior = merged.followOnAppend === true ? "auto" : merged.followOnAppend || null;
            if (behavior && nextCount > 0 && this.isAtEnd(prevOptions.scrollEndThreshold) && (prevCount === 0 || merged.getItemKey(nextCount - 1) !== prevLastKey)) {
              if (nextCount > prevCount || isAppendWithTrim(
                prevCount,
                nextCount,
                getPreviousKey,
                merged.getItemKey
              )) {
                followOnAppend = behavior;
              }
            }
          }
        }
        this.options = merged;
        if (edgeKeysChanged) {
          this.pendingMin = 0;
          this.itemSizeCacheVersion++;
        }
        let anchorDelta = null;
        if (anchor && this.scrollOffset !== null && !this._awaitingCommandReadBack()) {
          const [anchorKey, anchorOffset] = anchor;
          const newMeasurements = this.getMeasurements();
          const { count, getItemKey } = this.options;
          let idx = 0;
          while (idx < count && getItemKey(idx) !== anchorKey) {
            idx++;
          }
          if (idx < count) {
            const anchorItem = newMeasurements[idx];
            if (anchorItem) {
              const newOffset = Math.max(0, anchorItem.start + anchorOffset);
              if (!followOnAppend && newOffset !== this.scrollOffset) {
                anchorDelta = newOffset - this.scrollOffset;
                this.scrollOffset = newOffset;
              }
            }
          }
        }
        if (followOnAppend) {
          this.pendingScrollAnchor = { kind: "follow", behavior: followOnAppend };
        } else if (anchorDelta !== null) {
          if (this._canWriteScroll()) {
            this.pendingScrollAnchor = { kind: "anchor", delta: anchorDelta };
          } else {
            this._holdOffset += anchorDelta;
            this._followOffsetTarget(anchorDelta);
          }
        }
      };
      this.notify = (sync) => {
        var _a, _b;
        (_b = (_a = this.options).onChange) == null ? void 0 : _b.call(_a, this, sync);
      };
      this.maybeNotify = memo(
        () => {
          this.calculateRange();
          return [
            this.isScrolling,
            this.range ? this.range.startIndex : null,
            this.range ? this.range.endIndex : null
          ];
        },
        (isScrolling) => {
          this.notify(isScrolling);
        },
        {
          key: "maybeNotify",
          debug: () => this.options.debug,
          initialDeps: [
            this.isScrolling,
            this.range ? this.range.startIndex : null,
            this.range ? this.range.endIndex : null
          ]
        }
      );
      this.cleanup = () => {
        var _a;
        this.unsubs.filter(Boolean).forEach((d5) => d5());
        this.unsubs = [];
        this.observer.disconnect();
        if (this.rafId != null && this.targetWindow) {
          this.targetWindow.cancelAnimationFrame(this.rafId);
          this.rafId = null;
        }
        this.scrollState = null;
        (_a = this._momentumStop) == null ? void 0 : _a.restore();
        this._momentumStop = null;
        this.isScrolling = false;
        this.scrollDirection = null;
        this._holdOffset = 0;
        this._reportedOverscroll = false;
        this._clampedAdjustment = null;
        this.pendingWrite = null;
        this.scrollElement = null;
        this.targetWindow = null;
      };
      this._didMount = () => {
        return () => {
          this.cleanup();
        };
      };
      this._willUpdate = () => {
        var _a;
        const scrollElement = this.options.enabled ? this.options.getScrollElement() : null;
        if (this.scrollElement !== scrollElement) {
          this.cleanup();
          if (!scrollElement) {
            this.maybeNotify();
            return;
          }
          this.scrollElement = scrollElement;
          if (this.scrollElement && "ownerDocument" in this.scrollElement) {
            this.targetWindow = this.scrollElement.ownerDocument.defaultView;
          } else {
            this.targetWindow = ((_a = this.scrollElement) == null ? void 0 : _a.window) ?? null;
          }
          this.elementsCache.forEach((cached) => {
            this.observer.observe(cached);
          });
          this.unsubs.push(
            this.options.observeElementRect(this, (rect) => {
              this.scrollRect = rect;
              this.maybeNotify();
            })
          );
          this.unsubs.push(
            this.options.observeElementOffset(this, (offset, isScrolling) => {
              var _a2, _b, _c, _d;
              const elementMax = isScrolling ? this._elementMaxScrollOffset() : null;
              const wasOverscrolled = this._reportedOverscroll;
              this._reportedOverscroll = offset < 0 || elementMax !== null && offset > elementMax + 1;
              const elementOffset = offset;
              this._lastElementOffset = elementOffset;
              offset = this._toLayoutOffset(offset);
              const kind = this._classifyScrollEvent(
                offset,
                isScrolling,
                elementMax
              );
              if (kind === "spurious") return;
              if (kind === "readBack") {
                offset = this.pendingWrite.target;
              } else if (kind === "clampedReadBack" && ((_a2 = this.scrollState) == null ? void 0 : _a2.index) != null && // Not `elementMax`: an adapter can report the read-back at rest.
              offset < this.getMaxScrollOffset() - 1.5) {
                this.scrollState.lastTargetOffset = offset;
              } else if (externalRetiresCommand({
                kind,
                offset,
                command: this.scrollState,
                target: () => this.getScrollStateTarget(this.scrollState)
              })) {
                this.scrollState = null;
              }
              this.pendingWrite = null;
              if (this._clampedAdjustment !== null && Math.abs(offset - this._clampedAdjustment.maxAtWrite) >= 1.5) {
                this._clampedAdjustment = null;
              }
              const prevOffset = this.getScrollOffset();
              const prevDirection = this.scrollDirection;
              this.scrollDirection = isScrolling ? prevOffset === offset ? this.scrollDirection : prevOffset < offset ? "forward" : "backward" : null;
              this.scrollOffset = offset;
              this.isScrolling = isScrolling;
              const queued = this.scrollState;
              if ((queued == null ? void 0 : queued.phase) === "queued" && kind === "external" && isScrolling) {
                if (wasOverscrolled || this._reportedOverscroll) {
                  queued.samples = [];
                } else {
                  const t4 = this.now();
                  queued.samples = [
                    ...(queued.samples ?? []).filter(
                      (sample) => t4 - sample.t <= 200
                    ),
                    { t: t4, offset: elementOffset }
                  ];
                  if (prevDirection !== null && this.scrollDirection !== prevDirection || flingSpedUp(queued.samples)) {
                    this.scrollState = null;
                  }
                }
              }
              if (this._iosGesture.onScroll({
                isScrolling,
                ownReadBack: kind === "readBack",
                moved: offset !== prevOffset,
                // Neither our write's read-back nor a frame of our smooth
                // animation: the user or a fling moved it.
                external: kind === "external" && ((_b = this.scrollState) == null ? void 0 : _b.phase) !== "smooth" && ((_c = this.scrollState) == null ? void 0 : _c.phase) !== "smoothFinishing"
              }) && // The user scrolls: a command still waiting for the tail is
              // theirs to override, like a written one would be.
              ((_d = this.scrollState) == null ? void 0 : _d.phase) === "queued") {
                this.scrollState = null;
              }
              this._flushHoldIfReady(true);
              if (this.scrollState) {
                this.scheduleScrollReconcile();
              }
              this.maybeNotify();
            })
          );
          if ("addEventListener" in this.scrollElement) {
            this.unsubs.push(
              this._iosGesture.listen(this.scrollElement)
            );
          }
          this._scrollToOffset(this.getScrollOffset());
        }
        this._noteClampMax();
        const anchor = this.pendingScrollAnchor;
        this.pendingScrollAnchor = null;
        if (anchor && this.scrollElement && this.options.enabled) {
          if (anchor.kind === "anchor") {
            if (!this._canWriteScroll()) {
              this._holdOffset += anchor.delta;
              this._followOffsetTarget(anchor.delta);
              this.notify(false);
            } else if (isSmoothScroll(this.scrollState) && !approxEqual(
              this.getScrollOffset() - anchor.delta,
              this.scrollState.lastTargetOffset
            )) ;
            else {
              this._followOffsetTarget(anchor.delta);
              this._scrollToOffset(this.getScrollOffset());
            }
          } else {
            this.scrollToEnd({ behavior: anchor.behavior });
          }
        }
        this._flushHoldIfReady(false);
        this._retryClampedAdjustment();
      };
      this._classifyScrollEvent = (offset, isScrolling, elementMax) => {
        var _a;
        return classifyScrollEvent({
          offset,
          isScrolling,
          elementMax,
          holdOffset: this._holdOffset,
          scrollOffset: this.scrollOffset,
          pendingWrite: this.pendingWrite,
          clampedMaxAtWrite: ((_a = this._clampedAdjustment) == null ? void 0 : _a.maxAtWrite) ?? null
        });
      };
      this._retryClampedAdjustment = () => {
        if (this._clampedAdjustment === null || !this.scrollElement || !this.options.enabled || !this._canWriteScroll()) {
          return;
        }
        const { target: target2, maxAtWrite } = this._clampedAdjustment;
        const max = this.getMaxScrollOffset();
        if (max > maxAtWrite + 0.5) {
          this._clampedAdjustment = target2 > max + 0.5 ? { target: target2, maxAtWrite: max } : null;
          this._scrollToOffset(target2);
        }
      };
      this._writeAwaitingCommand = () => {
        const state = this.scrollState;
        if (state === null || state.phase !== "queued") return;
        const { behavior } = state;
        this.getMeasurements();
        const offset = this.getScrollStateTarget(state);
        state.lastTargetOffset = offset;
        this._clampedAdjustment = null;
        state.phase = initialScrollPhase(
          behavior,
          state.index != null && approxEqual(offset, this.getScrollOffset())
        );
        this._scrollToOffset(offset, { behavior });
        this.scheduleScrollReconcile();
      };
      this._readElementOffset = () => {
        const el = this.scrollElement;
        if (el == null) return null;
        const { horizontal, isRtl } = this.options;
        if (typeof el.scrollTop === "number") {
          return horizontal ? el.scrollLeft * (isRtl && -1 || 1) : el.scrollTop;
        }
        if (typeof el.scrollY === "number") {
          return horizontal ? el.scrollX : el.scrollY;
        }
        return null;
      };
      this._canWriteScroll = () => !(isIOSWebKit() && this._iosGesture.inMotion()) && !this._reportedOverscroll;
      this._flushHoldIfReady = (sync) => {
        var _a;
        if (this._holdOffset === 0) return;
        if (!this.scrollElement || !this.options.enabled) return;
        if (!this._canWriteScroll()) return;
        if (((_a = this.scrollState) == null ? void 0 : _a.phase) === "smooth") return;
        this._holdOffset = 0;
        if (this.scrollOffset !== null && this.scrollOffset < 0) {
          this.scrollOffset = 0;
        }
        this.notify(sync);
        const target2 = this.getCommandWrittenOffset() ?? this.getScrollOffset();
        this._clampedAdjustment = this._clampedBy(target2);
        this._scrollToOffset(target2);
      };
      this.rafId = null;
      this.getSize = () => {
        if (!this.options.enabled) {
          this.scrollRect = null;
          return 0;
        }
        this.scrollRect = this.scrollRect ?? this.options.initialRect;
        return this.scrollRect[this.options.horizontal ? "width" : "height"];
      };
      this.getScrollOffset = () => {
        if (!this.options.enabled) {
          this.scrollOffset = null;
          return 0;
        }
        this.scrollOffset = this.scrollOffset ?? (typeof this.options.initialOffset === "function" ? this.options.initialOffset() : this.options.initialOffset);
        return this.scrollOffset;
      };
      this.getMeasurementOptions = memo(
        () => [
          this.options.count,
          this.options.paddingStart,
          this.options.scrollMargin,
          this.options.getItemKey,
          this.options.enabled,
          this.options.lanes,
          this.options.laneAssignmentMode,
          this.options.gap
        ],
        (count, paddingStart, scrollMargin, getItemKey, enabled, lanes, laneAssignmentMode, gap) => {
          const lanesChanged = this.prevLanes !== void 0 && this.prevLanes !== lanes;
          if (lanesChanged) {
            this.lanesChangedFlag = true;
          }
          this.prevLanes = lanes;
          this.pendingMin = null;
          return {
            count,
            paddingStart,
            scrollMargin,
            getItemKey,
            enabled,
            lanes,
            laneAssignmentMode,
            gap
          };
        },
        {
          key: false
        }
      );
      this.isIndexInRange = (index) => index >= 0 && index < this.options.count;
      this.getMeasurements = memo(
        () => [this.getMeasurementOptions(), this.itemSizeCacheVersion],
        ({
          count,
          paddingStart,
          scrollMargin,
          getItemKey,
          enabled,
          lanes,
          laneAssignmentMode,
          gap
        }, _itemSizeCacheVersion) => {
          var _a;
          const itemSizeCache = this.itemSizeCache;
          if (!enabled) {
            this.measurementsCache = [];
            this._singleLaneMeasurements = null;
            this.itemSizeCache.clear();
            this.laneAssignments.clear();
            return [];
          }
          if (this.laneAssignments.size > count) {
            for (const index of this.laneAssignments.keys()) {
              if (index >= count) {
                this.laneAssignments.delete(index);
              }
            }
          }
          if (this.lanesChangedFlag) {
            this.lanesChangedFlag = false;
            this.lanesSettling = true;
            this.measurementsCache = [];
            this._singleLaneMeasurements = null;
            this.itemSizeCache.clear();
            this.laneAssignments.clear();
            this.pendingMin = null;
          }
          if (this.measurementsCache.length === 0 && !this.lanesSettling) {
            this.measurementsCache = this.options.initialMeasurementsCache;
            this.measurementsCache.forEach((item) => {
              this.itemSizeCache.set(item.key, item.size);
            });
          }
          const min = this.lanesSettling ? 0 : this.pendingMin ?? 0;
          this.pendingMin = null;
          if (this.lanesSettling && this.measurementsCache.length === count) {
            this.lanesSettling = false;
          }
          if (lanes === 1) {
            const need = count * 2;
            let flat = (_a = this._singleLaneMeasurements) == null ? void 0 : _a.flat;
            if (!flat || flat.length < need) {
              const next = new Float64Array(need);
              if (flat && min > 0) next.set(flat.subarray(0, min * 2));
              flat = next;
            }
            const items2 = min === 0 ? new Array(count) : this._singleLaneMeasurements.items.slice();
            let runningStart;
            if (min === 0) {
              runningStart = paddingStart + scrollMargin;
            } else {
              const prevIdx = min - 1;
              runningStart = flat[prevIdx * 2] + flat[prevIdx * 2 + 1] + gap;
            }
            for (let i4 = min; i4 < count; i4++) {
              const key = getItemKey(i4);
              items2[i4] = key;
              const measuredSize = itemSizeCache.get(key);
              const size = typeof measuredSize === "number" ? measuredSize : this.options.estimateSize(i4);
              flat[i4 * 2] = runningStart;
              flat[i4 * 2 + 1] = size;
              runningStart += size + gap;
            }
            this._singleLaneMeasurements = { flat, items: items2 };
            const view2 = createLazyMeasurementsView(items2, flat);
            this.measurementsCache = view2;
            return view2;
          }
          const measurements = this.measurementsCache.slice(0, min);
          const laneLastIndex = new Array(lanes).fill(
            void 0
          );
          const laneEnds = new Float64Array(lanes);
          let filledLanes = 0;
          for (let m5 = 0; m5 < min; m5++) {
            const item = measurements[m5];
            if (item) {
              if (laneLastIndex[item.lane] === void 0) filledLanes++;
              laneLastIndex[item.lane] = m5;
              laneEnds[item.lane] = item.end;
            }
          }
          for (let i4 = min; i4 < count; i4++) {
            const key = getItemKey(i4);
            const cachedLane = this.laneAssignments.get(i4);
            let lane;
            let start;
            const shouldCacheLane = laneAssignmentMode === "estimate" || itemSizeCache.has(key);
            if (cachedLane !== void 0 && this.options.lanes > 1) {
              lane = cachedLane;
              const prevIndex = laneLastIndex[lane];
              const prevInLane = prevIndex !== void 0 ? measurements[prevIndex] : void 0;
              start = prevInLane ? prevInLane.end + gap : paddingStart + scrollMargin;
            } else if (filledLanes === lanes) {
              let bestLane = 0;
              let bestEnd = laneEnds[0];
              let bestIdx = laneLastIndex[0];
              for (let l4 = 1; l4 < lanes; l4++) {
                const e4 = laneEnds[l4];
                if (e4 < bestEnd || e4 === bestEnd && laneLastIndex[l4] < bestIdx) {
                  bestLane = l4;
                  bestEnd = e4;
                  bestIdx = laneLastIndex[l4];
                }
              }
              lane = bestLane;
              start = bestEnd + gap;
              if (shouldCacheLane) {
                this.laneAssignments.set(i4, lane);
              }
            } else {
              lane = i4 % this.options.lanes;
              start = paddingStart + scrollMargin;
              if (shouldCacheLane) {
                this.laneAssignments.set(i4, lane);
              }
            }
            const measuredSize = itemSizeCache.get(key);
            const size = typeof measuredSize === "number" ? measuredSize : this.options.estimateSize(i4);
            const end = start + size;
            measurements[i4] = {
              index: i4,
              start,
              size,
              end,
              key,
              lane
            };
            if (laneLastIndex[lane] === void 0) filledLanes++;
            laneLastIndex[lane] = i4;
            laneEnds[lane] = end;
          }
          this.measurementsCache = measurements;
          return measurements;
        },
        {
          key: "getMeasurements",
          debug: () => this.options.debug
        }
      );
      this.calculateRange = memo(
        () => [
          this.getMeasurements(),
          this.getSize(),
          this.getScrollOffset(),
          this.options.lanes,
          // scrollOffset is measured in the scroll element and the layout total
          // from the list start, so the list ends scrollMargin further down.
          this._getLayoutTotalSize() + this.options.scrollMargin
        ],
        (measurements, outerSize, scrollOffset, lanes, listEnd) => {
          if (measurements.length === 0 || outerSize === 0) {
            this.range = null;
            return null;
          }
          const maxScrollOffset = Math.max(listEnd - outerSize, 0);
          this.range = calculateRangeImpl(
            measurements,
            outerSize,
            Math.min(scrollOffset, maxScrollOffset),
            lanes,
            // Pass the typed array so binary search + forward-walk can read
            // start/end directly from Float64Array, skipping the Proxy traps.
            lanes === 1 && this._singleLaneMeasurements !== null ? this._singleLaneMeasurements.flat : null
          );
          return this.range;
        },
        {
          key: "calculateRange",
          debug: () => this.options.debug
        }
      );
      this.getVirtualIndexes = memo(
        () => {
          let startIndex = null;
          let endIndex = null;
          const range = this.calculateRange();
          if (range) {
            startIndex = range.startIndex;
            endIndex = range.endIndex;
          }
          this.maybeNotify.updateDeps([this.isScrolling, startIndex, endIndex]);
          return [
            this.options.rangeExtractor,
            this.options.overscan,
            this.options.count,
            startIndex,
            endIndex,
            this.options.lanes
          ];
        },
        (rangeExtractor, overscan, count, startIndex, endIndex, lanes) => {
          return startIndex === null || endIndex === null ? [] : rangeExtractor({
            startIndex,
            endIndex,
            overscan,
            count,
            lanes
          });
        },
        {
          key: "getVirtualIndexes",
          debug: () => this.options.debug
        }
      );
      this.indexFromElement = (node) => {
        const attributeName = this.options.indexAttribute;
        const indexStr = node.getAttribute(attributeName);
        if (!indexStr) {
          console.warn(
            `Missing attribute name '${attributeName}={index}' on measured element.`
          );
          return -1;
        }
        return parseInt(indexStr, 10);
      };
      this.shouldMeasureDuringScroll = (index) => {
        var _a;
        if (!isSmoothScroll(this.scrollState)) {
          return true;
        }
        const scrollIndex = this.scrollState.index ?? ((_a = this.getVirtualItemForOffset(this.scrollState.lastTargetOffset)) == null ? void 0 : _a.index);
        if (scrollIndex !== void 0 && this.range) {
          const bufferSize = Math.max(
            this.options.overscan,
            Math.ceil((this.range.endIndex - this.range.startIndex) / 2)
          );
          const minIndex = Math.max(0, scrollIndex - bufferSize);
          const maxIndex = Math.min(
            this.options.count - 1,
            scrollIndex + bufferSize
          );
          return index >= minIndex && index <= maxIndex;
        }
        return true;
      };
      this.measureElement = (node) => {
        if (!node) {
          this.elementsCache.forEach((cached, key2) => {
            if (!cached.isConnected) {
              this.observer.unobserve(cached);
              this.elementsCache.delete(key2);
            }
          });
          return;
        }
        const index = this.indexFromElement(node);
        if (!this.isIndexInRange(index)) return;
        const key = this.options.getItemKey(index);
        const prevNode = this.elementsCache.get(key);
        if (prevNode !== node) {
          if (prevNode) {
            this.observer.unobserve(prevNode);
          }
          this.observer.observe(node);
          this.elementsCache.set(key, node);
        }
        if (node.isConnected && (!this.isScrolling || this.scrollState) && this.shouldMeasureDuringScroll(index)) {
          this.resizeItem(index, this.options.measureElement(node, void 0, this));
        }
      };
      this.resizeItem = (index, size) => {
        var _a, _b, _c;
        if (!this.isIndexInRange(index)) return;
        if ((_a = this._resizeBatch) == null ? void 0 : _a.sync) this.getMeasurements();
        let cachedSize;
        let itemStart;
        let key;
        const flat = (_b = this._singleLaneMeasurements) == null ? void 0 : _b.flat;
        if (this.options.lanes === 1 && flat != null) {
          key = this.options.getItemKey(index);
          itemStart = flat[index * 2];
          cachedSize = flat[index * 2 + 1];
        } else {
          const item = this.measurementsCache[index];
          if (!item) return;
          key = item.key;
          itemStart = item.start;
          cachedSize = item.size;
        }
        const itemSize = this.itemSizeCache.get(key) ?? cachedSize;
        const delta = size - itemSize;
        if (delta !== 0) {
          const wasAtEnd = this.options.anchorTo === "end" && !isSmoothScroll(this.scrollState) && this.getVirtualDistanceFromEnd() <= this.options.scrollEndThreshold;
          const prevTotalSize = wasAtEnd ? this._getLayoutTotalSize() : 0;
          const scrollOffset = this.getScrollOffset();
          const isFirstMeasure = !this.itemSizeCache.has(key);
          const defaultShouldAdjust = isFirstMeasure ? (
            // First measurement: compensate any item whose top sits above the
            // fold — the estimate→actual delta must be corrected regardless of
            // scroll direction, since the whole estimated block was above it.
            itemStart < scrollOffset
          ) : (
            // Re-measurement: only compensate an item that is ENTIRELY above the
            // fold. An item that merely *spans* the fold (top above, bottom
            // below — e.g. a streaming chat message growing at its bottom)
            // changes size *below* the anchor point, so shifting scrollTop by the
            // delta would drag the viewport downward on every growth (#1218).
            // Also skip during backward scroll to avoid the "items jump while
            // scrolling up" cascade.
            itemStart + itemSize <= scrollOffset && this.scrollDirection !== "backward"
          );
          const shouldAdjustScroll = !isSmoothScroll(this.scrollState) && (this.shouldAdjustScrollPositionOnItemSizeChange !== void 0 ? this.shouldAdjustScrollPositionOnItemSizeChange(
            // The callback expects a VirtualItem; build one lazily only
            // when the consumer actually supplied a custom predicate.
            this.measurementsCache[index] ?? {
              index,
              key,
              start: itemStart,
              size: cachedSize,
              end: itemStart + cachedSize,
              lane: 0
            },
            delta,
            this
          ) : defaultShouldAdjust);
          if (this.pendingMin === null || index < this.pendingMin) {
            this.pendingMin = index;
          }
          this.itemSizeCache.set(key, size);
          this.itemSizeCacheVersion++;
          let adjustedSync = false;
          if (!this._awaitingCommandReadBack()) {
            if (wasAtEnd) {
              adjustedSync = this.applyScrollAdjustment(
                this._getLayoutTotalSize() - prevTotalSize
              );
            } else if (shouldAdjustScroll) {
              adjustedSync = this.applyScrollAdjustment(delta);
            }
          }
          if (this._resizeBatch) {
            this._resizeBatch.notify = true;
            (_c = this._resizeBatch).sync || (_c.sync = adjustedSync);
            return;
          }
          this.notify(adjustedSync);
          this._noteClampMax();
          this._flushHoldIfReady(true);
          this._retryClampedAdjustment();
        }
      };
      this.getVirtualItems = memo(
        () => [this.getVirtualIndexes(), this.getMeasurements(), this._holdOffset],
        (indexes, measurements, hold) => {
          const virtualItems = [];
          for (let k4 = 0, len = indexes.length; k4 < len; k4++) {
            const i4 = indexes[k4];
            const measurement = measurements[i4];
            virtualItems.push(
              hold === 0 ? measurement : {
                ...measurement,
                start: measurement.start - hold,
                end: measurement.end - hold
              }
            );
          }
          return virtualItems;
        },
        {
          key: "getVirtualItems",
          debug: () => this.options.debug
        }
      );
      this.getVirtualItemForOffset = (offset) => {
        var _a;
        const measurements = this.getMeasurements();
        if (measurements.length === 0) {
          return void 0;
        }
        const flat = (_a = this._singleLaneMeasurements) == null ? void 0 : _a.flat;
        const useFlat = this.options.lanes === 1 && flat != null;
        const idx = findNearestBinarySearch(
          0,
          measurements.length - 1,
          useFlat ? (i4) => flat[i4 * 2] : (i4) => notUndefined(measurements[i4]).start,
          offset
        );
        return notUndefined(measurements[idx]);
      };
      this._noteClampMax = () => {
        if (!this._awaitingCommandReadBack()) return;
        const elementMax = this._elementMaxScrollOffset();
        if (elementMax === null) return;
        const write = this.pendingWrite;
        const max = Math.max(elementMax, 0) + this._holdOffset;
        if (max >= write.target) return;
        const lowMaxes = write.lowMaxes ?? (write.lowMaxes = []);
        if (lowMaxes[lowMaxes.length - 1] !== max) lowMaxes.push(max);
      };
      this.getMaxScrollOffset = () => (this._elementMaxScrollOffset() ?? 0) + this._holdOffset;
      this._toLayoutOffset = (elementOffset) => {
        var _a;
        let offset = elementOffset + this._holdOffset;
        if (((_a = this.pendingScrollAnchor) == null ? void 0 : _a.kind) === "anchor") {
          offset += this.pendingScrollAnchor.delta;
        }
        return offset;
      };
      this._elementMaxScrollOffset = () => {
        const el = this.scrollElement;
        if (el === null) return null;
        if ("scrollHeight" in el) {
          return this.options.horizontal ? el.scrollWidth - el.clientWidth : el.scrollHeight - el.clientHeight;
        }
        if ("document" in el) {
          const doc = el.document.documentElement;
          return this.options.horizontal ? doc.scrollWidth - el.innerWidth : doc.scrollHeight - el.innerHeight;
        }
        return null;
      };
      this._momentumStop = null;
      this._stopMomentum = (done) => {
        const el = this.scrollElement;
        const win = this.targetWindow;
        if (el === null || win === null) return;
        const scroller = "document" in el ? el.document.scrollingElement : el;
        if (!(scroller == null ? void 0 : scroller.style)) return;
        if (this._momentumStop) {
          this._momentumStop.done = done;
          return;
        }
        const { style } = scroller;
        const property = this.options.horizontal ? "overflow-x" : "overflow-y";
        const value = style.getPropertyValue(property);
        const priority = style.getPropertyPriority(property);
        const crossSize = () => this.options.horizontal ? scroller.clientHeight : scroller.clientWidth;
        const crossSizeBefore = crossSize();
        style.setProperty(property, "hidden", "important");
        if (crossSize() !== crossSizeBefore) {
          style.setProperty(property, value, priority);
          return;
        }
        const stop = {
          // False when the app replaced the hidden value: the fling may not
          // have stopped.
          restore: () => {
            if (style.getPropertyValue(property) !== "hidden" || style.getPropertyPriority(property) !== "important") {
              return false;
            }
            style.setProperty(property, value, priority);
            return true;
          },
          done
        };
        this._momentumStop = stop;
        win.requestAnimationFrame(
          () => win.requestAnimationFrame(() => {
            if (this._momentumStop !== stop) return;
            this._momentumStop = null;
            if (stop.restore()) stop.done();
          })
        );
      };
      this._clampedBy = (target2) => {
        const elementMax = this._elementMaxScrollOffset();
        if (elementMax === null) return null;
        const maxAtWrite = elementMax + this._holdOffset;
        return target2 > maxAtWrite + 0.5 ? { target: target2, maxAtWrite } : null;
      };
      this.getVirtualDistanceFromEnd = () => {
        return Math.max(
          this._getLayoutTotalSize() + this.options.scrollMargin - this.getSize() - this.getScrollOffset(),
          0
        );
      };
      this.getDistanceFromEnd = () => {
        return Math.max(this.getMaxScrollOffset() - this.getScrollOffset(), 0);
      };
      this.isAtEnd = (threshold = this.options.scrollEndThreshold) => {
        return this.getDistanceFromEnd() <= threshold;
      };
      this.getOffsetForAlignment = (toOffset, align, itemSize = 0) => {
        if (!this.scrollElement) return 0;
        const size = this.getSize();
        const scrollOffset = this.getScrollOffset();
        if (align === "auto") {
          align = toOffset >= scrollOffset + size ? "end" : "start";
        }
        if (align === "center") {
          toOffset += (itemSize - size) / 2;
        } else if (align === "end") {
          toOffset -= size;
        }
        const maxOffset = this.getMaxScrollOffset();
        return Math.max(Math.min(maxOffset, toOffset), 0);
      };
      this.getOffsetForIndex = (index, align = "auto") => {
        index = Math.max(0, Math.min(index, this.options.count - 1));
        const size = this.getSize();
        const scrollOffset = this.getScrollOffset();
        const item = this.getMeasurements()[index];
        if (!item) return;
        if (align === "auto") {
          if (item.end >= scrollOffset + size - this.options.scrollPaddingEnd) {
            align = "end";
          } else if (item.start <= scrollOffset + this.options.scrollPaddingStart) {
            align = "start";
          } else {
            return [scrollOffset, align];
          }
        }
        if (align === "end" && index === this.options.count - 1) {
          const maxOffset = this.getMaxScrollOffset();
          const toOffset2 = maxOffset - this.options.paddingEnd + this.options.scrollPaddingEnd;
          return [Math.max(Math.min(toOffset2, maxOffset), 0), align];
        }
        const toOffset = align === "end" ? item.end + this.options.scrollPaddingEnd : item.start - this.options.scrollPaddingStart;
        return [
          this.getOffsetForAlignment(toOffset, align, item.size),
          align
        ];
      };
      this.scrollToOffset = (toOffset, { align = "start", behavior = "auto" } = {}) => {
        this._startScroll(
          { index: null, align },
          this.getOffsetForAlignment(toOffset, align),
          behavior,
          "absolute"
        );
      };
      this.scrollToIndex = (index, {
        align: initialAlign = "auto",
        behavior = "auto"
      } = {}) => {
        index = Math.max(0, Math.min(index, this.options.count - 1));
        const offsetInfo = this.getOffsetForIndex(index, initialAlign);
        if (!offsetInfo) return;
        const [offset, align] = offsetInfo;
        this._startScroll({ index, align }, offset, behavior, "absolute");
      };
      this.scrollBy = (delta, { behavior = "auto" } = {}) => {
        const offset = this.getOffsetForAlignment(
          (this.getCommandWrittenOffset() ?? this.getScrollOffset()) + delta,
          "start"
        );
        this._startScroll(
          { index: null, align: "start" },
          offset,
          behavior,
          "relative"
        );
      };
      this.scrollToEnd = ({ behavior = "auto" } = {}) => {
        if (this.options.count > 0) {
          this._startScroll(
            { index: this.options.count - 1, align: "end", toEnd: true },
            Math.max(this.getMaxScrollOffset(), 0),
            behavior,
            "absolute"
          );
          return;
        }
        this.scrollToOffset(Math.max(this.getTotalSize() - this.getSize(), 0), {
          behavior
        });
      };
      this.cancelScroll = () => {
        if (this.rafId != null && this.targetWindow) {
          this.targetWindow.cancelAnimationFrame(this.rafId);
          this.rafId = null;
        }
        this.scrollState = null;
      };
      this.getTotalSize = () => Math.max(this._getLayoutTotalSize() - this._holdOffset, 0);
      this._getLayoutTotalSize = () => {
        var _a, _b;
        const measurements = this.getMeasurements();
        let end;
        if (measurements.length === 0) {
          end = this.options.paddingStart;
        } else if (this.options.lanes === 1) {
          const lastIdx = measurements.length - 1;
          const flat = (_a = this._singleLaneMeasurements) == null ? void 0 : _a.flat;
          if (flat != null) {
            end = flat[lastIdx * 2] + flat[lastIdx * 2 + 1];
          } else {
            end = ((_b = measurements[lastIdx]) == null ? void 0 : _b.end) ?? 0;
          }
        } else {
          const endByLane = Array(this.options.lanes).fill(null);
          let endIndex = measurements.length - 1;
          while (endIndex >= 0 && endByLane.some((val) => val === null)) {
            const item = measurements[endIndex];
            if (endByLane[item.lane] === null) {
              endByLane[item.lane] = item.end;
            }
            endIndex--;
          }
          end = Math.max(...endByLane.filter((val) => val !== null));
        }
        return Math.max(
          end - this.options.scrollMargin + this.options.paddingEnd,
          0
        );
      };
      this.takeSnapshot = () => {
        const snapshot = [];
        if (this.itemSizeCache.size === 0) return snapshot;
        const m5 = this.getMeasurements();
        for (const item of m5) {
          if (item && this.itemSizeCache.has(item.key)) {
            snapshot.push({
              index: item.index,
              key: item.key,
              start: item.start,
              size: item.size,
              end: item.end,
              lane: item.lane
            });
          }
        }
        return snapshot;
      };
      this._scrollToOffset = (offset, {
        adjustments,
        behavior
      } = {}) => {
        const write = {
          target: offset + (adjustments ?? 0),
          smooth: behavior === "smooth"
        };
        this.pendingWrite = write;
        this.options.scrollToFn(
          offset - this._holdOffset,
          { behavior, adjustments },
          this
        );
        return write;
      };
      this.getCommandWrittenOffset = () => this.scrollState !== null && this.pendingWrite !== null && !this.pendingWrite.smooth ? this.pendingWrite.target : null;
      this._awaitingCommandReadBack = () => {
        const writtenOffset = this.getCommandWrittenOffset();
        return !(isIOSWebKit() && this._iosGesture.dragging()) && writtenOffset !== null && !approxEqual(writtenOffset, this.getScrollOffset());
      };
      this._followOffsetTarget = (delta) => {
        if (this.scrollState !== null && this.scrollState.index == null) {
          this.scrollState.lastTargetOffset += delta;
        }
      };
      this.measure = () => {
        this.pendingMin = null;
        this.itemSizeCache.clear();
        this.laneAssignments.clear();
        this.itemSizeCacheVersion++;
        this.notify(false);
      };
      this.setOptions(opts);
    }
    /**
     * @deprecated Always 0: a scroll correction is folded into `scrollOffset`
     * at once, so there is never an outstanding adjustment to add to it. Read
     * `scrollOffset` alone.
     */
    get scrollAdjustments() {
      return 0;
    }
    // Returns `true` when it performed a synchronous `scrollTop` write this
    // tick, `false` when the delta was zero or the write was deferred (iOS).
    // `resizeItem` uses that to decide whether the follow-up `notify` must be
    // synchronous so the grown transforms commit in the same paint (#1227).
    applyScrollAdjustment(delta, behavior) {
      if (delta === 0) return false;
      if (this.options.debug) {
        console.info("correction", delta);
      }
      this._followOffsetTarget(delta);
      if (!this._canWriteScroll()) {
        this._holdOffset += delta;
        if (this.scrollOffset !== null) this.scrollOffset += delta;
        return true;
      } else {
        const offset = this.getScrollOffset();
        this._clampedAdjustment = this._clampedBy(offset + delta);
        const write = this._scrollToOffset(offset, {
          adjustments: delta,
          behavior
        });
        if (this.scrollOffset !== null) {
          if (this.pendingWrite === write) this.scrollOffset += delta;
          if (this.scrollOffset < 0) this.scrollOffset = 0;
        }
        return true;
      }
    }
    scheduleScrollReconcile() {
      if (!this.targetWindow) {
        this.scrollState = null;
        return;
      }
      if (this.rafId != null) return;
      this.rafId = this.targetWindow.requestAnimationFrame(() => {
        this.rafId = null;
        this.reconcileScroll();
      });
    }
    getScrollStateTarget(state) {
      const offsetInfo = state.toEnd ? [Math.max(this.getMaxScrollOffset(), 0)] : state.index != null ? this.getOffsetForIndex(state.index, state.align) : void 0;
      return offsetInfo ? offsetInfo[0] : state.lastTargetOffset;
    }
    reconcileScroll() {
      if (!this.scrollState) return;
      const el = this.scrollElement;
      if (!el) return;
      const MAX_RECONCILE_MS = 5e3;
      if (this.now() - this.scrollState.startedAt > MAX_RECONCILE_MS) {
        this.scrollState = null;
        return;
      }
      if (this.scrollState.phase === "queued") {
        this.scheduleScrollReconcile();
        return;
      }
      this.getMeasurements();
      const targetOffset = this.getScrollStateTarget(this.scrollState);
      const STABLE_FRAMES = this.scrollState.index == null ? 1 : this.options.useAnimationFrameWithResizeObserver ? 3 : 2;
      const targetChanged = targetOffset !== this.scrollState.lastTargetOffset;
      if (!targetChanged && approxEqual(targetOffset, this.getScrollOffset())) {
        if (this.scrollState.phase === "smooth") {
          this.scrollState.phase = "smoothLanded";
        } else if (this.scrollState.phase === "smoothFinishing") {
          this.scrollState.phase = "instant";
        }
        this.scrollState.stableFrames++;
        if (this.scrollState.stableFrames >= STABLE_FRAMES) {
          if (this.getScrollOffset() !== targetOffset) {
            this._scrollToOffset(targetOffset, { behavior: "auto" });
          }
          this.scrollState = null;
          return;
        }
      } else {
        this.scrollState.stableFrames = 0;
        if (targetChanged) {
          const viewport = this.getSize() || 600;
          const distance = Math.abs(targetOffset - this.getScrollOffset());
          const keepSmooth = isSmoothScroll(this.scrollState) && distance > viewport;
          this.scrollState.lastTargetOffset = targetOffset;
          if (keepSmooth) {
            this.scrollState.phase = "smooth";
          } else if (this.scrollState.phase === "smooth") {
            this.scrollState.phase = "smoothFinishing";
          } else if (this.scrollState.phase === "smoothLanded") {
            this.scrollState.phase = "instant";
          }
          this._scrollToOffset(targetOffset, {
            behavior: keepSmooth ? "smooth" : "auto"
          });
        }
      }
      this.scheduleScrollReconcile();
    }
    // Every scroll command starts here: it becomes the in-flight command,
    // writes its first target and leaves reconcile to retarget and retire it.
    //
    // Targets are layout offsets. A held correction is not dropped by a
    // command: the write lands the element `_holdOffset` short of the target,
    // under the rows exposed shifted by the same amount, and the flush moves
    // both together once a write is possible.
    //
    // An index or end target that is already at its offset starts a smooth
    // scroll as landed; an offset target never does, so its first scroll
    // event is read as the user's (see the scroll handler in `_willUpdate`).
    _startScroll(target2, offset, behavior, kind) {
      this.pendingScrollAnchor = null;
      this._clampedAdjustment = null;
      const tail = this._iosGesture.tail();
      if (kind === "absolute" && tail !== null) {
        if (tail === "fling" && momentumOverridesWrites()) {
          this._stopMomentum(() => {
            const state = this.scrollState;
            if ((state == null ? void 0 : state.phase) !== "queued" || // A finger came down: it owns the scroll until it lifts.
            this._iosGesture.tail() !== "fling" || // In a bounce WebKit can drop the write (#1287): the tail
            // decides, as without the stop. (Not `flingCaught`: our stop
            // also ends the fling at speed, so a slow frame would read as
            // a catch and the tail would drop the command.)
            this._reportedOverscroll) {
              return;
            }
            this._iosGesture.end();
            this._flushHoldIfReady(true);
            this._writeAwaitingCommand();
          });
          this.scrollState = {
            ...target2,
            startedAt: this.now(),
            lastTargetOffset: offset,
            stableFrames: 0,
            phase: "queued",
            behavior,
            samples: []
          };
          this.scheduleScrollReconcile();
          return;
        }
        this._iosGesture.end();
      }
      this.scrollState = {
        ...target2,
        startedAt: this.now(),
        lastTargetOffset: offset,
        stableFrames: 0,
        behavior,
        phase: initialScrollPhase(
          behavior,
          target2.index != null && approxEqual(offset, this.getScrollOffset())
        )
      };
      this._scrollToOffset(offset, { behavior });
      this.scheduleScrollReconcile();
    }
  };
  var findNearestBinarySearch = (low, high, getCurrentValue, value) => {
    while (low <= high) {
      const middle = (low + high) / 2 | 0;
      const currentValue = getCurrentValue(middle);
      if (currentValue < value) {
        low = middle + 1;
      } else if (currentValue > value) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    if (low > 0) {
      return low - 1;
    } else {
      return 0;
    }
  };
  function findNearestBinarySearchFlat(flat, high, value) {
    let low = 0;
    while (low <= high) {
      const middle = (low + high) / 2 | 0;
      const currentValue = flat[middle * 2];
      if (currentValue < value) {
        low = middle + 1;
      } else if (currentValue > value) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return low > 0 ? low - 1 : 0;
  }
  function calculateRangeImpl(measurements, outerSize, scrollOffset, lanes, flat) {
    const lastIndex = measurements.length - 1;
    if (measurements.length <= lanes) {
      return { startIndex: 0, endIndex: lastIndex };
    }
    if (lanes === 1 && flat !== null) {
      const startIndex2 = findNearestBinarySearchFlat(
        flat,
        lastIndex,
        scrollOffset
      );
      let endIndex2 = startIndex2;
      const limit = scrollOffset + outerSize;
      while (endIndex2 < lastIndex && flat[endIndex2 * 2] + flat[endIndex2 * 2 + 1] < limit) {
        endIndex2++;
      }
      return { startIndex: startIndex2, endIndex: endIndex2 };
    }
    const getStart = (index) => measurements[index].start;
    let startIndex = findNearestBinarySearch(0, lastIndex, getStart, scrollOffset);
    let endIndex = startIndex;
    if (lanes === 1) {
      while (endIndex < lastIndex && measurements[endIndex].end < scrollOffset + outerSize) {
        endIndex++;
      }
    } else if (lanes > 1) {
      const endPerLane = Array(lanes).fill(0);
      while (endIndex < lastIndex && endPerLane.some((pos) => pos < scrollOffset + outerSize)) {
        const item = measurements[endIndex];
        endPerLane[item.lane] = item.end;
        endIndex++;
      }
      const startPerLane = Array(lanes).fill(scrollOffset + outerSize);
      while (startIndex >= 0 && startPerLane.some((pos) => pos >= scrollOffset)) {
        const item = measurements[startIndex];
        startPerLane[item.lane] = item.start;
        startIndex--;
      }
      startIndex = Math.max(0, startIndex - startIndex % lanes);
      endIndex = Math.min(lastIndex, endIndex + (lanes - 1 - endIndex % lanes));
    }
    return { startIndex, endIndex };
  }

  // src/page/printing.ts
  var isPrinting = y3(false);
  function printWhole(draw2) {
    for (const [event, value] of [["beforeprint", true], ["afterprint", false]])
      window.addEventListener(event, () => {
        isPrinting.value = value;
        draw2();
      });
  }

  // src/page/Rows.tsx
  var ROW_HEIGHT = 44;
  var LONGEST3 = 240;
  function Rows() {
    const rows = items.value;
    const virtual = useVirtual(rows.length);
    A2(() => {
      if (cursor.value < 0) return;
      virtual.scrollToIndex(cursor.value);
      requestAnimationFrame(() => document.querySelector(`[data-row="${cursor.value}"] a`)?.focus({ preventScroll: true }));
    }, [cursor.value]);
    if (!rows.length)
      return /* @__PURE__ */ a4("div", { role: "rowgroup", children: /* @__PURE__ */ a4("div", { role: "row", children: /* @__PURE__ */ a4("div", { role: "cell", class: "nothing", children: "No item is left by these filters." }) }) });
    const every = isPrinting.value;
    const inSight = every ? rows.map((_4, index) => ({ index, start: 0 })) : virtual.getVirtualItems();
    return /* @__PURE__ */ a4("div", { class: "rows", role: "rowgroup", style: every ? {} : { height: `${virtual.getTotalSize()}px` }, children: inSight.map(({ index, start }) => /* @__PURE__ */ a4(Row, { item: rows[index], index, top: every ? null : start }, rows[index])) });
  }
  function Row({ item, index, top }) {
    const { prompt } = dataset.value.items[item];
    return /* @__PURE__ */ a4("div", { class: "grid row", role: "row", "aria-rowindex": index + 2, "data-row": index, style: top === null ? {} : { transform: `translateY(${top}px)` }, children: [
      /* @__PURE__ */ a4("div", { class: "first", role: "rowheader", children: [
        /* @__PURE__ */ a4("a", { href: itemLink(item), onFocus: () => cursor.value = index, children: [
          /* @__PURE__ */ a4("span", { class: "number", children: item }),
          /* @__PURE__ */ a4("span", { class: "prompt", dir: "auto", children: cut(prompt, LONGEST3) })
        ] }),
        /* @__PURE__ */ a4(SortValue, { item })
      ] }),
      columns.value.map((column) => /* @__PURE__ */ a4("div", { role: "cell", children: /* @__PURE__ */ a4(PickMark, { column, item }) }, column.place))
    ] });
  }
  function SortValue({ item }) {
    const { sort } = view.value;
    if (sort === "item") return null;
    const value = sort === "margin" ? smallestMargin(lookedAt.value, starts.value, item) : disagreement(columns.value, item);
    return /* @__PURE__ */ a4("span", { class: "value", title: sort, children: decimals(value) });
  }
  function useVirtual(count) {
    const [, redraw] = _2((n3) => n3 + 1, 0);
    const options = {
      count,
      getScrollElement: () => document.getElementById("board"),
      estimateSize: () => ROW_HEIGHT,
      overscan: 8,
      initialRect: { width: 0, height: innerHeight },
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      scrollPaddingStart: 200,
      scrollPaddingEnd: 60,
      onChange: () => redraw()
    };
    const [virtual] = d2(() => new Virtualizer(options));
    virtual.setOptions(options);
    A2(() => virtual._didMount(), []);
    A2(() => virtual._willUpdate());
    return virtual;
  }

  // src/page/Steering.tsx
  function Steering() {
    const { attributes, targets } = dataset.value;
    const hasWeights = useSignal(target.value.some(([, , weight]) => weight !== 1));
    const isFree = useSignal(false);
    const place = placeOf(target.value, targets);
    return /* @__PURE__ */ a4("section", { class: "steering", "aria-labelledby": "steering-title", children: [
      /* @__PURE__ */ a4("h2", { id: "steering-title", children: "Target" }),
      /* @__PURE__ */ a4("label", { class: "field", children: [
        /* @__PURE__ */ a4("span", { class: "hidden", children: "Stored target" }),
        /* @__PURE__ */ a4("select", { value: String(place), onChange: (event) => steer(targets[Number(event.currentTarget.value)].levels), children: [
          place < 0 && /* @__PURE__ */ a4("option", { value: "-1", children: "custom" }),
          /* @__PURE__ */ a4(TargetOptions, { targets })
        ] })
      ] }),
      /* @__PURE__ */ a4("div", { class: "sliders", children: attributes.map((attribute, index) => /* @__PURE__ */ a4(Slider, { attribute, index, isFree: isFree.value, hasWeight: hasWeights.value }, attribute.name)) }),
      /* @__PURE__ */ a4("div", { class: "switches", children: [
        /* @__PURE__ */ a4(Switch, { label: "weights", title: "a number per attribute: how much its distance counts", of: hasWeights }),
        /* @__PURE__ */ a4(Switch, { label: "between levels", title: "let the sliders stop anywhere, not only at the levels of the scale", of: isFree })
      ] }),
      /* @__PURE__ */ a4("label", { class: "field", children: [
        /* @__PURE__ */ a4("span", { children: "flips against" }),
        /* @__PURE__ */ a4("select", { value: view.value.pinned && view.value.before ? String(placeOf(view.value.before, targets)) : "last", onChange: (event) => compare(event.currentTarget.value), children: [
          /* @__PURE__ */ a4("option", { value: "last", children: "position before" }),
          view.value.pinned && view.value.before && placeOf(view.value.before, targets) < 0 && /* @__PURE__ */ a4("option", { value: "-1", children: "a custom target" }),
          /* @__PURE__ */ a4("option", { value: "here", children: "this position" }),
          /* @__PURE__ */ a4(TargetOptions, { targets })
        ] })
      ] })
    ] });
  }
  function compare(value) {
    if (value === "last") show({ pinned: false });
    else show({ pinned: true, before: value === "here" ? target.value : dataset.value.targets[Number(value)].levels });
  }
  function TargetOptions({ targets }) {
    const sets = [...new Set(targets.map(({ words }) => words))];
    const options = (words) => targets.flatMap((one, place) => one.words === words ? [/* @__PURE__ */ a4("option", { value: String(place), children: shortName(one) }, one.name)] : []);
    return /* @__PURE__ */ a4($, { children: sets.map((words) => {
      const own = options(words);
      return own.length > 1 ? /* @__PURE__ */ a4("optgroup", { label: words, children: own }, words) : own;
    }) });
  }
  function shortName({ name, words, set }) {
    return set === "high" || set === "low" ? words : name.slice(name.lastIndexOf("/") + 1);
  }
  function Switch({ label, title, of }) {
    return /* @__PURE__ */ a4("label", { title, children: [
      /* @__PURE__ */ a4("input", { type: "checkbox", checked: of.value, onChange: (event) => of.value = event.currentTarget.checked }),
      label
    ] });
  }
  function Slider({ attribute, index, isFree, hasWeight }) {
    const { scale } = dataset.value;
    const wanted = target.value.find(([place]) => place === index);
    const [, level, weight] = wanted ?? [index, scale[scale.length - 1], 1];
    const free = isFree || wanted !== void 0 && !scale.includes(level);
    const shown2 = written(level, dataset.value);
    const phrase = attribute.phrases[scale.indexOf(nearestLevel(scale, level))] ?? "";
    const levelAt = (value) => free ? Number(value) : scale[Number(value)];
    const set = (value, isDragged = false, weighing = weight) => steer(withLevel(target.value, index, value, weighing), isDragged);
    const isLastOne = wanted !== void 0 && target.value.length === 1;
    return /* @__PURE__ */ a4("div", { class: `slider${wanted ? "" : " off"}${hasWeight ? " weighted" : ""}`, children: [
      /* @__PURE__ */ a4("label", { class: "name", title: `${attribute.name}: ${attribute.description}`, children: [
        /* @__PURE__ */ a4(
          "input",
          {
            type: "checkbox",
            checked: wanted !== void 0,
            disabled: isLastOne,
            onChange: (event) => set(event.currentTarget.checked ? level : null)
          }
        ),
        /* @__PURE__ */ a4("span", { children: attribute.name })
      ] }),
      /* @__PURE__ */ a4(
        "input",
        {
          type: "range",
          min: 0,
          max: free ? 1 : scale.length - 1,
          step: free ? 0.01 : 1,
          value: free ? level : scale.indexOf(level),
          "aria-label": `wanted level of ${attribute.name}`,
          title: wanted && phrase,
          "aria-valuetext": wanted ? `${shown2}, ${phrase}` : "off",
          onInput: (event) => set(levelAt(event.currentTarget.value), true),
          onChange: (event) => set(levelAt(event.currentTarget.value))
        }
      ),
      /* @__PURE__ */ a4("output", { children: wanted ? shown2 : "off" }),
      hasWeight && wanted && /* @__PURE__ */ a4(
        "input",
        {
          class: "weight",
          type: "number",
          min: SMALLEST_WEIGHT,
          max: LARGEST_WEIGHT,
          step: "any",
          value: weight,
          "aria-label": `weight of ${attribute.name}`,
          title: "weight",
          onChange: (event) => {
            const weighing = event.currentTarget.valueAsNumber;
            if (weighing >= SMALLEST_WEIGHT && weighing <= LARGEST_WEIGHT) set(level, false, weighing);
            else event.currentTarget.value = String(weight);
          }
        }
      )
    ] });
  }

  // src/page/App.tsx
  function App() {
    const sheet = useSignal("");
    A2(() => {
      document.title = study.value?.name ? `${study.value.name} \xB7 Steering explorer` : "Steering explorer";
    }, [study.value]);
    if (!opened.value || !shown.value)
      return problem.value ? /* @__PURE__ */ a4("p", { class: "opening", role: "alert", children: problem.value }) : /* @__PURE__ */ a4("p", { class: "opening", role: "status", children: "Opening the study .." });
    const flip = (name) => sheet.value = sheet.value === name ? "" : name;
    const isItem = shown.value.item !== null;
    return /* @__PURE__ */ a4("div", { class: "page", style: { "--count": Math.max(columnPlaces.value.length, 1) }, "data-sheet": sheet.value, children: [
      /* @__PURE__ */ a4(Header, {}),
      /* @__PURE__ */ a4("nav", { class: "sheets", "aria-label": "Panels", children: [
        /* @__PURE__ */ a4("button", { type: "button", "aria-expanded": sheet.value === "target", onClick: () => flip("target"), children: "Target" }),
        /* @__PURE__ */ a4("button", { type: "button", "aria-expanded": sheet.value === "find", onClick: () => flip("find"), children: "Find" })
      ] }),
      /* @__PURE__ */ a4("aside", { class: "rail", "aria-label": "Target and filters", children: [
        /* @__PURE__ */ a4(Steering, {}),
        /* @__PURE__ */ a4(Finding, {})
      ] }),
      /* @__PURE__ */ a4("main", { class: isItem ? "board with-item" : "board", id: "board", tabIndex: -1, "aria-label": "Decisions", children: /* @__PURE__ */ a4("div", { class: isItem ? "sheet" : "sheet table", role: isItem ? void 0 : "table", "aria-label": isItem ? void 0 : "Decisions by item and column", "aria-rowcount": isItem ? void 0 : items.value.length + 1, children: [
        /* @__PURE__ */ a4(ColumnHeads, { isTable: !isItem }),
        isItem ? /* @__PURE__ */ a4(ItemView, {}) : /* @__PURE__ */ a4(Rows, {})
      ] }) }),
      /* @__PURE__ */ a4(ColumnChooser, {}),
      /* @__PURE__ */ a4(KeysDialog, {})
    ] });
  }

  // src/main.tsx
  var root = document.getElementById("app");
  root.textContent = "";
  var draw = () => Q(/* @__PURE__ */ a4(App, {}), root);
  draw();
  listen();
  printWhole(draw);
  window.addEventListener("popstate", () => void follow());
  void follow();
})();
