"""Customers as clerks type them in, some of them twice. The same for the same seed.

First names, surnames, cities and the words of company names are as unequal as they are
in life: there are many people called Maria Silva, and they are not one customer. The
set also has what makes the work hard: households and switchboards that share a phone,
branches of a chain, colleagues, people of one name.
"""

import random
import unicodedata
from typing import NamedTuple


def _words(*lines):
    return " ".join(lines).split()


FIRST_NAMES = _words(
    "Maria José Ana João Antônio Francisco Carlos Paulo Pedro Lucas Luiz Marcos",
    "Luís Gabriel Rafael Francisca Daniel Marcelo Bruno Eduardo Felipe Antônia",
    "Adriana Juliana Rodrigo Márcia Fernanda Patrícia Aline Sandra Camila Amanda",
    "Bruna Jéssica Letícia Júlia Luciana Vanessa Mariana Gabriela Vera Vitória",
    "Larissa Cláudia Beatriz Luana Rita Sônia Renata Eliane Manuel Mateus André",
    "Fernando Fábio Leonardo Gustavo Guilherme Leandro Tiago Anderson Ricardo",
    "Márcio Jorge Sebastião Alexandre Roberto Edson Diego Vitor Sérgio Cláudio",
    "Matheus Thiago Geraldo Adriano Luciano Júlio Renato Alex Vinícius Rogério",
    "Samuel Ronaldo Mário Flávio Igor Douglas Davi Jeferson Cícero Miguel Robson",
    "Maurício Danilo Henrique Caio Reginaldo Joaquim Benedito Gilberto Marco Alan",
    "Nelson Cristiano Elias Wilson Valdir Emerson Luan David Renan Severino",
    "Fabrício Mauro Jonas Gilmar Jean Fabiano Wesley Diogo Adilson Jair Alessandro",
    "Everton Osvaldo Gilson Willian Joel Silvio Hélio Maicon Reinaldo Pablo Artur",
    "Vagner Valter Celso Ivan Cleiton Vanderlei Vicente Arthur Milton Domingos",
    "Wagner Sandro Moisés Edilson Ademir Adão Evandro Cesar Valmir Murilo Juliano",
    "Edvaldo Ailton Junior Breno Nicolas Ruan Alberto Rubens Nilton Augusto Cleber",
    "Osmar Nilson Hugo Otávio Vinicios Ítalo Wilian Alisson Aparecido Elaine Helena",
    "Heloísa Raquel Débora Simone Rosa Lúcia Tereza Marta Cecília Isabel Lívia",
)
SURNAMES = _words(
    "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa",
    "Ribeiro Martins Carvalho Almeida Lopes Soares Fernandes Vieira Barbosa Rocha",
    "Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes Freitas Cardoso",
    "Ramos Gonçalves Santana Teixeira Araújo Moura Cavalcanti Correia Castro Campos",
    "Borges Pinto Monteiro Melo Reis Batista Farias Barros Azevedo Cunha Miranda",
    "Duarte Sales Peixoto Fonseca Macedo Guimarães Coelho Brito Leite Nogueira",
    "Tavares Pires Aguiar Queiroz Bezerra Viana Xavier Sampaio Rezende Assis Dantas",
    "Siqueira Paiva Toledo Müller Schmidt Weber Becker Klein Rossi Bianchi Ferrari",
    "Conti Tanaka Sato Suzuki Yamamoto Nakamura Cohen Levy Haddad Khoury Kowalski",
    "Nowak García Martínez Pérez Núñez Ibáñez Dubois Lefèvre Moreau Janssen Peeters",
    "Vermeulen Novák Horváth Öztürk",
)
TRADES = _words(
    "Padaria Mercado Farmácia Restaurante Oficina Papelaria Livraria Clínica Hotel",
    "Transportes Construtora Distribuidora Auto_Peças Café Confeitaria Açougue",
    "Floricultura Pet_Shop Móveis Informática Contabilidade Escola Academia",
    "Lavanderia Ótica Sorveteria Supermercado Pizzaria Materiais_de_Construção",
    "Gráfica",
)
PROPER = _words(
    "São_João Central Nova_Era Bom_Jesus Santa_Rita Progresso Aurora Avenida Brasil",
    "Santo_Antônio União Popular Imperial Primavera Horizonte Real Estrela Moderna",
    "Boa_Vista Tropical Planalto Litoral Vitória Ideal São_José Paulista Mineira",
    "Carioca",
)
FORMS = ("Ltda", "Ltda.", "LTDA", "ME", "S.A.", "S/A", "EIRELI", "EPP", "")
CITIES = _words(
    "São_Paulo Rio_de_Janeiro Brasília Salvador Fortaleza Belo_Horizonte Manaus",
    "Curitiba Recife Goiânia Belém Porto_Alegre Guarulhos Campinas São_Luís Maceió",
    "Natal Teresina Campo_Grande João_Pessoa Osasco Ribeirão_Preto Uberlândia",
    "Sorocaba Contagem Aracaju Feira_de_Santana Cuiabá Joinville Londrina",
    "Juiz_de_Fora Niterói Florianópolis Santos Caxias_do_Sul Vila_Velha Mauá",
    "Diadema Jundiaí Piracicaba Bauru Franca Blumenau",
)
ONSETS = _words(
    "b br c d f g gr j l m n p pr r s t tr v z ch",
)
VOWELS = _words(
    "a e i o u ei ou",
)
ENDINGS = _words(
    "ni lli rro zzi tti nski mann sen ska ck lt ux ré ga ndo nte sso rdi",
)
NICKNAMES = {
    "José": "Zé",
    "Francisco": "Chico",
    "Antônio": "Toninho",
    "Luiz": "Lula",
    "João": "Joãozinho",
}

# The ways in which a customer is entered for the second time.
KINDS = (
    "typo",
    "two typos",
    "accents and case",
    "swapped",
    "abbreviated",
    "phone format",
    "e-mail format",
    "missing fields",
    "legal form",
    "other name",
)


class Person(NamedTuple):
    """What is typed in.

    :param phone: as it is typed
    :param phone_digits: the same, sanitized
    :param same_as: number of the person that this one is again, or None
    :param kind: how it differs from that one; of others, why they look alike
    """

    name: str
    is_company: bool
    email: str
    phone: str
    phone_digits: str
    vat: str
    city: str
    zip: str
    same_as: int | None = None
    kind: str = ""


class People:
    """Draws customers: ``share`` of them are there twice."""

    def __init__(self, seed, count, share=0.2):
        self._chance = random.Random(seed)
        self._size = count
        self.people = []
        originals = round(count * (1 - share))
        self._used = set()
        while len(self.people) < originals:
            self._add_original()
        again = self._chance.sample(range(originals), count - originals)
        for position, number in enumerate(again):
            self.people.append(self._again(number, KINDS[position % len(KINDS)]))

    @property
    def truth(self):
        """{(number, number): kind} of the pairs that are one customer."""
        return {
            (person.same_as, number): person.kind
            for number, person in enumerate(self.people)
            if person.same_as is not None
        }

    # --------------------------------------------------------------- originals

    def _add_original(self):
        draw = self._chance.random()
        if draw < 0.03 and self.people:
            self.people.append(self._relative(self._chance.choice(self.people[-50:])))
        elif draw < 0.05 and self.people:
            self.people.append(self._branch(self._chance.choice(self.people[-50:])))
        elif draw < 0.35:
            self.people.append(self._company())
        else:
            self.people.append(self._person())

    def _person(self):
        chance = self._chance
        surnames = [self._surname() for _ in range(2 if chance.random() < 0.55 else 1)]
        particle = [chance.choice(("da", "de", "dos"))] if chance.random() < 0.2 else []
        first = [self._skewed(FIRST_NAMES)]
        if chance.random() < 0.25:
            first.append(self._skewed(FIRST_NAMES))
        name = " ".join(dict.fromkeys(first + particle + surnames))
        return self._with_contacts(name, False)

    def _company(self):
        chance = self._chance
        proper = self._skewed(PROPER) if chance.random() < 0.5 else self._surname()
        if chance.random() < 0.3:
            proper = f"{proper} {self._surname()}"
        words = [self._skewed(TRADES), proper, chance.choice(FORMS)]
        name = " ".join(words).replace("_", " ").strip()
        return self._with_contacts(name, True)

    def _with_contacts(self, name, is_company):
        chance = self._chance
        digits = self._phone() if chance.random() < 0.75 else ""
        city = self._skewed(CITIES).replace("_", " ") if chance.random() < 0.8 else ""
        return Person(
            name=name,
            is_company=is_company,
            email=self._email(name) if chance.random() < 0.7 else "",
            phone=self._typed(digits),
            phone_digits=digits,
            vat=self._vat(is_company)
            if chance.random() < (0.6 if is_company else 0.2)
            else "",
            city=city,
            zip=self._zip(city) if city and chance.random() < 0.6 else "",
        )

    def _relative(self, person):
        """Somebody else of the same household or switchboard: one phone, one city."""
        if person.is_company:
            return self._person()._replace(
                phone=person.phone, phone_digits=person.phone_digits, kind="switchboard"
            )
        other = self._person()
        name = f"{other.name.split()[0]} {person.name.split()[-1]}"
        if name.split()[0] == person.name.split()[0]:
            return other
        return other._replace(
            name=name,
            phone=person.phone,
            phone_digits=person.phone_digits,
            city=person.city,
            zip=person.zip,
            kind="household",
        )

    def _branch(self, company):
        """Another branch of a chain: the same name elsewhere."""
        if not company.is_company:
            return self._company()
        city = self._chance.choice(
            [name for name in CITIES if name.replace("_", " ") != company.city]
        ).replace("_", " ")
        other = self._with_contacts(company.name, True)
        return other._replace(city=city, zip="", kind="branch")

    # -------------------------------------------------------------- duplicates

    def _again(self, number, kind):
        chance = self._chance
        person = self.people[number]
        again = self._other_contacts(person)._replace(same_as=number, kind=kind)
        again = again._replace(name=self._retyped(person, kind))
        if kind == "phone format":
            digits = person.phone_digits or self._phone()
            self.people[number] = person._replace(
                phone=self._typed(digits), phone_digits=digits
            )
            typed = self._typed(digits, other_than=self.people[number].phone)
            again = again._replace(phone=typed, phone_digits=digits, email="")
        elif kind == "e-mail format":
            email = person.email or self._email(person.name)
            self.people[number] = person._replace(email=email)
            typed = chance.choice((email.upper(), email.title(), f"<{email}>"))
            again = again._replace(email=typed, phone="", phone_digits="")
        elif kind == "missing fields":
            city = person.city or self._skewed(CITIES).replace("_", " ")
            self.people[number] = person._replace(city=city)
            again = again._replace(
                email="", phone="", phone_digits="", vat="", city=city, zip=person.zip
            )
        elif kind == "other name" and not (again.email or again.phone_digits):
            email = person.email or self._email(person.name)
            self.people[number] = person._replace(email=email)
            again = again._replace(email=email)
        return again

    def _other_contacts(self, person):
        """What the second clerk asked for: some of it, some of it new."""
        chance = self._chance
        draw = chance.random()
        if draw < 0.65:
            phone, digits = self._typed(person.phone_digits), person.phone_digits
        elif draw < 0.9:
            phone = digits = ""
        else:
            digits = self._phone()
            phone = self._typed(digits)
        draw = chance.random()
        email = person.email if draw < 0.65 else ""
        if draw > 0.9:
            email = self._email(person.name)
        return person._replace(
            phone=phone,
            phone_digits=digits,
            email=email,
            vat=person.vat if chance.random() < 0.5 else "",
            city=person.city if chance.random() < 0.8 else "",
            zip=person.zip if chance.random() < 0.6 else "",
        )

    def _retyped(self, person, kind):
        name = person.name
        if kind == "typo":
            return self._mistyped(name)
        if kind == "two typos":
            return self._mistyped(self._mistyped(name))
        if kind == "accents and case":
            return self._chance.choice(
                (_plain(name), name.upper(), _plain(name).lower(), _plain(name).upper())
            )
        if kind == "swapped":
            first, _space, rest = name.partition(" ")
            return f"{rest}, {first}" if rest else name
        if kind == "abbreviated":
            return self._abbreviated(person)
        if kind == "legal form":
            return self._other_form(person)
        if kind == "other name":
            return self._other_name(person)
        return name

    def _mistyped(self, name):
        """One slip of the finger: a letter left out, doubled, swapped or wrong."""
        chance = self._chance
        places = [i for i, letter in enumerate(name) if letter.isalpha() and i]
        i = chance.choice(places)
        slip = chance.randrange(4)
        if slip == 0:
            return name[:i] + name[i + 1 :]
        if slip == 1:
            return name[:i] + name[i] + name[i:]
        if slip == 2 and i + 1 < len(name) and name[i + 1].isalpha():
            return name[:i] + name[i + 1] + name[i] + name[i + 2 :]
        return name[:i] + chance.choice("aeioursnt") + name[i + 1 :]

    def _abbreviated(self, person):
        words = person.name.split()
        if len(words) > 2 and not person.is_company:
            middle = self._chance.randrange(1, len(words) - 1)
            words[middle] = f"{words[middle][0]}."
            if self._chance.random() < 0.5:
                del words[middle]
        return " ".join(words)

    def _other_form(self, person):
        words = person.name.split()
        if not person.is_company:
            return f"Sr. {person.name}"
        if words[-1] in FORMS:
            words.pop()
        return " ".join([*words, self._chance.choice(FORMS)]).strip()

    def _other_name(self, person):
        first, _space, rest = person.name.partition(" ")
        if person.is_company:
            return rest or first
        return NICKNAMES.get(first, first)

    # ------------------------------------------------------------------- parts

    def _skewed(self, words):
        """A word, the first ones far more often than the last ones."""
        return words[int(len(words) * self._chance.random() ** 2)]

    def _surname(self):
        chance = self._chance
        if chance.random() < 0.8:
            return self._skewed(SURNAMES)
        parts = [chance.choice(ONSETS) + chance.choice(VOWELS) for _ in range(2)]
        return ("".join(parts) + chance.choice(ENDINGS)).capitalize()

    def _new(self, make):
        while (value := make()) in self._used:
            pass
        self._used.add(value)
        return value

    def _email(self, name):
        words = _plain(name).lower().replace(".", "").replace("/", "").split()
        domain = self._chance.choice(("mail.test", "post.test", "web.test"))

        def make():
            number = self._chance.randrange(self._size * 2)
            return f"{words[0]}.{words[-1]}{number}@{domain}"

        return self._new(make)

    def _phone(self):
        area = self._chance.choice((11, 21, 31, 41, 51, 61, 71, 81))
        return self._new(
            lambda: f"+55{area}9{self._chance.randrange(80000000, 99999999)}"
        )

    def _typed(self, digits, other_than=None):
        if not digits:
            return ""
        area, first, last = digits[3:5], digits[5:10], digits[10:]
        formats = (
            f"+55 {area} {first}-{last}",
            f"({area}) {first}-{last}",
            f"{area}{first}{last}",
            f"0{area} {first} {last}",
            f"+55{area}{first}{last}",
            f"{area} {first}.{last}",
        )
        return self._chance.choice([text for text in formats if text != other_than])

    def _vat(self, is_company):
        length = 14 if is_company else 11
        return self._new(
            lambda: "".join(self._chance.choice("0123456789") for _ in range(length))
        )

    def _zip(self, city):
        return f"{10 + len(city) * 3:02d}{self._chance.randrange(200):03d}-000"


def _plain(text):
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
